"""The peers: other ways to give the same answer, each as well written as its own users would write it."""

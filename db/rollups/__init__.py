"""Roll-ups kept true: what is counted, folding what changed, counting all anew.

A change of a counted row leaves its credit code in ``touched`` within its own transaction (statement triggers of
revision 0007). The readers' views add to the cubes what the touched enterprises give now and take off what they gave
when last folded, so an answer is exact in any snapshot, folded or not. Nothing here may write a counted row, and
nobody else may write a fact or a cube.
"""

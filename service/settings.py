"""Every setting of the service, in one typed class.

The only place that reads ``KEQI_*`` from the environment; the reference in ``docs/`` is generated from the
descriptions here. A setting without a description, or one read elsewhere, is a mistake.
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from authz.actions import PERMISSIONS, Action
from authz.principal import PUBLIC, Role
from service.issuers import OpenIdIssuer
from service.origins import ORIGIN

MIN_SECRET_LENGTH = 32


class Settings(BaseSettings):
    """Settings of one process; immutable once read."""

    model_config = SettingsConfigDict(
        env_prefix="KEQI_",
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,  # an address or a secret must not appear in the complaint about it
    )

    database_url: SecretStr | None = Field(
        default=None,
        description="PostgreSQL 15+ 的连接地址；不设则使用内嵌数据库。PostgreSQL URL; absent: the embedded server.",
    )
    read_urls: tuple[SecretStr, ...] = Field(
        default=(),
        description="只读副本地址（JSON 数组），查询可使用。Replicas that queries may use, a JSON array of URLs.",
    )
    host: str = Field(default="127.0.0.1", description="监听地址。Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="监听端口，0 为任一空闲端口。Port; 0: any free one.")
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        description=(
            '允许其页面从浏览器访问的其他网站来源（JSON 数组，如 ["https://portal.example"]）；不设则只允许本站页面。'
            "Origins whose pages may ask from a browser, a JSON array of exact origins; none: only our own pages."
        ),
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=(),
        description=(
            "可信的反向代理地址或网段（JSON 数组），只采信它们的 X-Forwarded-For；不设则一律以对端地址为准。"
            "Proxies whose X-Forwarded-For counts, a JSON array of addresses or networks; none: the peer is the client."
        ),
    )
    secret: SecretStr | None = Field(
        default=None,
        description=(
            "令牌签名密钥，至少 32 个字符；使用外部数据库时必填，否则首次启动时生成并保存在数据目录。"
            "Signs tokens and links, 32 characters or more; required with an external database, else made and kept."
        ),
    )
    previous_secrets: tuple[SecretStr, ...] = Field(
        default=(),
        description=(
            "更换密钥后仍可验证旧令牌的原密钥（JSON 数组），不再用于签名。"
            "Secrets that still verify tokens and links and sign no more, a JSON array."
        ),
    )
    openid_issuers: tuple[OpenIdIssuer, ...] = Field(
        default=(),
        description=(
            "信任的外部登录平台（JSON 数组：issuer、audience，可选 algorithms），不设则只认本系统签发的令牌。"
            "OpenID providers whose tokens are taken, a JSON array of issuer, audience and, optionally, algorithms."
        ),
    )
    openid_keys_seconds: float = Field(
        default=600.0,
        gt=0,
        description=(
            "外部登录平台的公钥缓存时间（秒），平台撤下的公钥最迟此后失效。"
            "How long a provider's published keys are believed, seconds; a withdrawn key stops working after that."
        ),
    )
    accountless_tokens: bool = Field(
        default=True,
        description=(
            "是否接受没有账号的令牌（keqi token 签发，供开发使用，keqi ask 也用它）；正式环境应关闭。"
            "Whether tokens that name no account (keqi token, keqi ask) are taken; to be switched off in production."
        ),
    )
    data_dir: Path = Field(
        default=Path(".keqi"), description="内嵌数据库与密钥所在目录。Folder of the embedded database and the secret."
    )
    rate_limit: int = Field(
        default=0, ge=0, description="每个账号每分钟请求数上限，0 为不限。Requests a minute per principal; 0: off."
    )
    reveals_per_hour: int = Field(
        default=20,
        ge=0,
        description="每个账号每小时可查看联系方式原值的企业数。Contacts an account may reveal within an hour.",
    )
    default_report_year: int = Field(
        default=2022, ge=2000, le=2035, description="未指定年份时的填报年度。Report year where a query names none."
    )
    latest_report_year: int | None = Field(
        default=None,
        ge=2000,
        le=2035,
        description=(
            "“最近年度”科企库未指定年份时的年度；不设则为已有审核通过年报的最近一年。"
            "Year of the libraries of the latest year; unset: the latest with an approved report in sight."
        ),
    )
    smallest_cell: int = Field(
        default=3,
        ge=1,
        description=(
            "统计中一格至少含几家企业才显示金额（对合作银行等生效）。"
            "Fewest enterprises of a cell whose amounts are shown to roles that small cells are hidden from."
        ),
    )
    pool_size: int = Field(
        default=8, ge=2, le=500, description="数据库连接数上限。Most database connections of a process."
    )
    statement_timeout_seconds: float = Field(
        default=10.0, gt=0, description="单条查询最长时间（秒）。Longest statement of a query, seconds."
    )
    max_tokens: int = Field(default=2000, ge=1, description="查询文本的词元上限。Most lexical tokens of a document.")
    max_document_length: int = Field(
        default=100_000, ge=100, description="查询文本的字符数上限。Most characters of a document."
    )
    max_depth: int = Field(default=12, ge=1, description="查询嵌套深度上限。Deepest selection.")
    max_aliases: int = Field(default=30, ge=0, description="别名数量上限。Most aliases of an operation.")
    max_root_fields: int = Field(default=20, ge=1, description="根字段数量上限。Most root fields of an operation.")
    max_fields: int = Field(
        default=2000, ge=1, description="展开后的字段数量上限。Most fields of an operation, fragments expanded."
    )
    max_page_size: int = Field(default=1000, ge=1, description="每页条数上限。Most rows of a page.")
    default_page_size: int = Field(
        default=20, ge=1, description="未指定 first/last 时的每页条数。Page size where none is named."
    )
    max_cost: int = Field(
        default=1_000_000, ge=1, description="查询代价上限（行数 × 字段数，逐层相乘）。Highest cost, rows × fields."
    )
    max_list_length: int = Field(
        default=5000, ge=1, description="列表参数的元素数上限。Most elements of a list in arguments and variables."
    )
    max_conditions: int = Field(
        default=200,
        ge=1,
        description="筛选条件与排序项的数量上限。Most conditions and steps of orders of an operation.",
    )
    max_values: int = Field(
        default=10_000, ge=1, description="变量中值的总数上限。Most values in the variables of an operation."
    )
    max_body_bytes: int = Field(
        default=1_000_000, ge=1024, description="请求正文上限（字节）。Largest request body, bytes."
    )
    max_header_bytes: int = Field(
        default=65_536, ge=1024, description="请求头与网址的总长上限（字节）。Most bytes of an address and its headers."
    )
    max_connections: int = Field(
        default=2000,
        ge=10,
        description="每个进程的连接数上限，超出时关闭闲置最久的。Most connections of a process; the idlest makes room.",
    )
    request_seconds: float = Field(
        default=30.0,
        gt=0,
        description="请求发送完整的最长时间（秒）。How long a request may take to arrive whole, seconds.",
    )
    stall_seconds: float = Field(
        default=60.0,
        gt=0,
        description="对方停止接收后的最长等待（秒），之后断开。How long an answer may wait to be read on, seconds.",
    )
    max_batch: int = Field(default=10, ge=1, description="批量请求的操作数上限。Most operations of a batch.")
    plan_cache_size: int = Field(
        default=1024, ge=1, description="查询计划缓存条数上限。Most cached plans of a process."
    )
    plan_cache_mib: int = Field(
        default=128,
        ge=1,
        description="查询计划缓存的大小上限（MiB，估计值）。Most memory of cached plans, MiB, estimated.",
    )
    planning_seconds: float = Field(
        default=30.0,
        ge=0,
        description=(
            "每个账号每分钟用于解析和规划新查询的处理器时间（秒），0 为不限；缓存中的查询不计。"
            "Processor seconds a minute that a principal's new queries may take; 0: no limit. Cached ones take none."
        ),
    )
    token_cache_size: int = Field(
        default=4096, ge=1, description="已验证令牌缓存条数上限。Most cached tokens of a process."
    )
    export_ttl_hours: float = Field(
        default=24.0, gt=0, description="导出链接有效小时数。How long an export link works, hours."
    )
    export_timeout_seconds: float = Field(
        default=1800.0, gt=0, description="单次导出最长时间（秒）。Longest statement of an export, seconds."
    )
    max_exports: int = Field(
        default=4, ge=1, description="同时进行的导出数上限，其余排队。Exports that run at once; others wait their turn."
    )
    shutdown_seconds: float = Field(
        default=30.0,
        ge=0,
        description="停止时等待进行中请求的最长时间（秒）。Patience for running requests at stop, seconds.",
    )
    explain_roles: tuple[Role, ...] = Field(
        default=tuple(sorted(PERMISSIONS[Action.EXPLAIN])),
        description=(
            "可以查看查询计划（extensions.plan）的角色（JSON 数组），[] 为谁也不可以。"
            "Roles that may have a plan explained, a JSON array; []: none."
        ),
    )
    publish_schema: bool = Field(
        default=True,
        description=(
            "未登录者可从 /schema.graphql 取得完整接口定义；关闭后只给出公开部分。"
            "Whether /schema.graphql tells everyone the whole schema; else only what needs no sign-in."
        ),
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="日志级别。Log level.")
    log_format: Literal["console", "json"] = Field(
        default="console",
        description="日志格式：console 供人阅读，json 供机器收集。Log format: for people or for machines.",
    )
    access_log: bool = Field(default=True, description="每个请求记一行日志。One log line a request.")

    @field_validator("database_url", "read_urls")
    @classmethod
    def _is_postgres(cls, value: SecretStr | tuple[SecretStr, ...] | None) -> SecretStr | tuple[SecretStr, ...] | None:
        for url in value if isinstance(value, tuple) else (value,) if value else ():
            if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
                raise ValueError("应以 postgresql:// 开头 (must start with postgresql://)")
        return value

    @field_validator("explain_roles")
    @classmethod
    def _are_signed_in(cls, value: tuple[Role, ...]) -> tuple[Role, ...]:
        if PUBLIC.role in value:
            raise ValueError("不能包括公众 (the public may not be among them)")
        return value

    @field_validator("secret", "previous_secrets")
    @classmethod
    def _is_long_enough(
        cls, value: SecretStr | tuple[SecretStr, ...] | None
    ) -> SecretStr | tuple[SecretStr, ...] | None:
        for secret in value if isinstance(value, tuple) else (value,) if value else ():
            if len(secret.get_secret_value()) < MIN_SECRET_LENGTH:
                raise ValueError(
                    f"密钥至少 {MIN_SECRET_LENGTH} 个字符 (a secret needs {MIN_SECRET_LENGTH} characters or more)"
                )
        return value

    @field_validator("openid_issuers")
    @classmethod
    def _is_named_once(cls, value: tuple[OpenIdIssuer, ...]) -> tuple[OpenIdIssuer, ...]:
        if len({trusted.issuer for trusted in value}) < len(value):
            raise ValueError("issuer 重复 (an issuer is named twice)")
        return value

    @field_validator("trusted_proxies")
    @classmethod
    def _is_network(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for each in value:
            try:
                ip_network(each)
            except ValueError:
                raise ValueError(f"{each!r} 应为地址或网段 (must be an address or a network)") from None
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _is_origin(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for origin in value:
            if not ORIGIN.fullmatch(origin):
                raise ValueError(f"{origin!r} 应形如 https://portal.example (scheme, host and port only)")
        return value

    @property
    def is_embedded(self) -> bool:
        """Whether the service brings its own database."""
        return self.database_url is None

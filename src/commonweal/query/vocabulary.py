"""The allow-list: every kind of node and function a question may contain. What is not here is refused."""

from __future__ import annotations

from sqlglot import exp

STRUCTURE = {
    exp.Select, exp.Subquery, exp.With, exp.CTE, exp.TableAlias, exp.From, exp.Join, exp.Table, exp.Where, exp.Group,
    exp.Having, exp.Order, exp.Ordered, exp.Limit, exp.Offset, exp.Union, exp.Distinct, exp.Rollup, exp.Cube,
    exp.GroupingSets, exp.Identifier, exp.Column, exp.Alias, exp.Star, exp.Paren, exp.Tuple, exp.Literal, exp.Null,
    exp.Boolean, exp.Var, exp.DataType, exp.Interval, exp.Filter, exp.WithinGroup, exp.Window, exp.WindowSpec,
    exp.IgnoreNulls, exp.RespectNulls, exp.Aliases, exp.DataTypeParam,
}  # fmt: skip

OPERATORS = {
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between, exp.In, exp.Is, exp.Like,
    exp.ILike, exp.Exists, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.IntDiv, exp.Mod, exp.Neg, exp.DPipe, exp.Case,
    exp.If, exp.Cast, exp.TryCast, exp.NullSafeEQ, exp.NullSafeNEQ,
}  # fmt: skip

SCALARS = {
    exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Trunc, exp.Sign, exp.Sqrt, exp.Pow, exp.Exp, exp.Ln, exp.Log,
    exp.Least, exp.Greatest, exp.Coalesce, exp.Nullif, exp.Upper, exp.Lower, exp.Trim, exp.Substring, exp.Left, exp.Right,
    exp.Concat, exp.Length, exp.Replace, exp.Year, exp.Month, exp.Quarter, exp.Day, exp.Week, exp.DayOfWeek,
    exp.Extract, exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff, exp.DateAdd, exp.DateSub, exp.CurrentDate, exp.TimeToStr,
    exp.Monthname, exp.Dayname, exp.LastDay, exp.Date, exp.TsOrDsToDate,
}  # fmt: skip

AGGREGATES = {
    exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Median, exp.PercentileCont, exp.PercentileDisc, exp.Stddev,
    exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop, exp.CovarSamp, exp.RegrSlope,
    exp.RegrIntercept, exp.RegrR2, exp.RegrCount, exp.Min, exp.Max, exp.LogicalOr, exp.LogicalAnd, exp.Grouping,
}  # fmt: skip

WINDOWS = {
    exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue,
    exp.LastValue,
}  # fmt: skip

NAMED = {"age_in_years", "age", "date_part"}
"""Functions that the parser keeps by name only: an age in completed years, and the idioms that are read as one."""

ALLOWED = STRUCTURE | OPERATORS | SCALARS | AGGREGATES | WINDOWS

RESERVED = "__"
"""Names that begin so are ours: hidden columns and measures. A question may not use them."""

CAST_TYPES = {
    exp.DataType.Type.BOOLEAN, exp.DataType.Type.TINYINT, exp.DataType.Type.SMALLINT, exp.DataType.Type.INT,
    exp.DataType.Type.BIGINT, exp.DataType.Type.FLOAT, exp.DataType.Type.DOUBLE, exp.DataType.Type.DECIMAL,
    exp.DataType.Type.VARCHAR, exp.DataType.Type.TEXT, exp.DataType.Type.DATE, exp.DataType.Type.TIMESTAMP,
    exp.DataType.Type.INTERVAL, exp.DataType.Type.INT128,
}  # fmt: skip

EXTRACTABLE = {"YEAR", "MONTH", "QUARTER", "DAY", "WEEK", "DOW", "DAYOFWEEK", "ISODOW", "DECADE"}

REMEDIES = {
    "Star": "Name the columns; rows are never shown.",
    "min": "Ask for a low quantile instead, for example quantile_cont(column, 0.05).",
    "max": "Ask for a high quantile instead, for example quantile_cont(column, 0.95).",
}


def name_of(node: exp.Expr) -> str:
    """Return the name people know a node by: a function's SQL name, else its kind in words."""
    if isinstance(node, exp.Anonymous):
        return str(node.name).lower()
    if isinstance(node, exp.Func):
        names = type(node).sql_names()
        return names[0].lower() if names else type(node).__name__.lower()
    return type(node).__name__


_DUCKDB = {
    "percentile_cont": "quantile_cont",
    "percentile_disc": "quantile_disc",
    "logical_or": "bool_or",
    "logical_and": "bool_and",
}


def sql_name(node: type[exp.Expr]) -> str:
    """Return the name by which questions call a kind of function."""
    names = node.sql_names() if issubclass(node, exp.Func) else [node.__name__]
    name = names[0].lower()
    return _DUCKDB.get(name, name)


FUNCTIONS = NAMED | {sql_name(node) for node in SCALARS | AGGREGATES | WINDOWS}
"""The names of all functions that a question may use."""

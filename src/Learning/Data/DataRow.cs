namespace EdgeFlora.Learning.Data;

/// <summary>One row of a data file.</summary>
/// <param name="Line">The line it begins on, from 1.</param>
/// <param name="Values">Its values by column; a column without a value is absent.</param>
internal sealed record DataRow(int Line, IReadOnlyDictionary<string, string> Values);

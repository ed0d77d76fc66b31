namespace EdgeFlora.Contracts.Api;

/// <summary>One mistake in a run spec.</summary>
/// <param name="File">The file as the sender named it; absent for a body without a name.</param>
/// <param name="Row">Line, from 1; absent where the mistake has no place.</param>
/// <param name="Column">From 1.</param>
/// <param name="Setting">As it was typed, from the top: <c>rounds.count</c>; empty for the spec as a whole.</param>
/// <param name="Value">As it was typed; absent where something is missing.</param>
/// <param name="Sentence">What is wrong, and what would be right.</param>
public sealed record SpecMistake(string? File, int? Row, int? Column, string Setting, string? Value, string Sentence)
{
    /// <summary>In one line: <c>spec.yaml:3:9: rounds.count is 0; it must be 1 … 10000 rounds</c>.</summary>
    public override string ToString() => (File, Row) switch
    {
        (null, null) => Sentence,
        (null, _) => FormattableString.Invariant($"line {Row}, column {Column}: {Sentence}"),
        (_, null) => $"{File}: {Sentence}",
        _ => FormattableString.Invariant($"{File}:{Row}:{Column}: {Sentence}"),
    };
}

using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Specs.Documents;

/// <summary>Where something was written.</summary>
/// <param name="File">The file as the sender named it; null: a body without a name.</param>
/// <param name="Row">From 1; null: the document as a whole.</param>
/// <param name="Column">From 1.</param>
internal sealed record SpecPlace(string? File, int? Row = null, int? Column = null)
{
    public SpecMistake Mistake(string setting, string? value, string sentence) => new(File, Row, Column, setting, value, sentence);
}

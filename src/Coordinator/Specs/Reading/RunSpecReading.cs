using System.Text.Json.Nodes;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Coordinator.Specs.Reading;

/// <summary>What a text turned out to be: a spec, or a list of mistakes.</summary>
/// <param name="Spec">Null if there are mistakes.</param>
/// <param name="Document">The same as JSON, with only what was said; null if there are mistakes.</param>
/// <param name="Mistakes">All of them, in the order of the text.</param>
public sealed record RunSpecReading(RunSpec? Spec, JsonObject? Document, IReadOnlyList<SpecMistake> Mistakes);

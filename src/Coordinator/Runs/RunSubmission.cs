using EdgeFlora.Coordinator.Specs;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>A validated spec, and the document it was read from.</summary>
/// <param name="Document">The spec as JSON with only what was said, for <see cref="Contracts.Api.RunDetail.Spec"/>; read again by
/// <c>RunSpecReader</c>.</param>
public sealed record RunSubmission(RunSpec Spec, System.Text.Json.Nodes.JsonObject Document);

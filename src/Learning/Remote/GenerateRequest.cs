using EdgeFlora.Learning.Generation;

namespace EdgeFlora.Learning.Remote;

/// <summary>Prompts for a worker to continue.</summary>
internal sealed record GenerateRequest(IReadOnlyList<string> Prompts, GenerationOptions Options);

using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Benchmarks.Ranks;

/// <summary>A task that agents of different ranks learn together.</summary>
/// <param name="Targets">Adapted layers.</param>
internal sealed record RankCase(
    string Name, BaseModel Model, IReadOnlyList<string> Targets, IReadOnlyList<string> Labels, IReadOnlyList<Example> Training,
    IReadOnlyList<Example> Test, double LearningRate);

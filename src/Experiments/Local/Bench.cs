using EdgeFlora.Experiments.Journal;
using EdgeFlora.Experiments.Work;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Experiments.Local;

/// <summary>What all work of an experiment is done with.</summary>
/// <param name="Labels">Names of the classes.</param>
/// <param name="Threads">Pieces of work at once.</param>
internal sealed record Bench(
    Experiment Experiment,
    IReadOnlyList<string> Labels,
    IEngine Engine,
    int Threads,
    ResultJournal Journal,
    BlobStore Blobs,
    FoldedModels Models,
    Effort Effort);

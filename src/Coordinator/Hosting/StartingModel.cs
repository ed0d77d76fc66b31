using EdgeFlora.Adapters;
using EdgeFlora.Coordinator.Blobs;
using EdgeFlora.Coordinator.Merging;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>The adapter that a run begins from, where it is not to begin anew.</summary>
internal static class StartingModel
{
    /// <param name="shape">Of the run's own adapter.</param>
    /// <returns>Null: the run begins anew.</returns>
    /// <exception cref="CoordinatorOptionsException">It has another shape, or is not there any more.</exception>
    public static LoraAdapter? Read(RunEntry entry, AdapterShape shape, ServiceStore store, RunBodies bodies)
    {
        if (entry.StartFrom is not { } start)
        {
            return null;
        }

        if (start.Adapter is { } file)
        {
            return StartingAdapter.Read(file, entry.Options.Labels, shape);
        }

        StoredModel model = store.Read(
            start.RunId!.Value.ToString(),
            reader => reader.Models().LastOrDefault(model => start.Round is null || model.Round == start.Round))
            ?? throw new CoordinatorOptionsException($"startFrom.run is {start.RunId}, which has no model of round {start.Round} any more.");
        return GlobalModel.Read(model.Claim, shape, bodies.Open(start.RunId.Value));
    }
}

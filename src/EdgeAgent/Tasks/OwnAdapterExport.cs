using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>Takes an agent's own adapter, which is never sent, out of its state folder.</summary>
internal static class OwnAdapterExport
{
    /// <summary>
    /// Runs of which an adapter is kept: where a strategy leaves factors with the agents, or where the agent's own did better than the published one.
    /// In the order of their ids.
    /// </summary>
    public static IReadOnlyList<Guid> Runs(string stateFolder) =>
        [.. OwnFactorsStore.RunsIn(stateFolder).Union(OwnAdapterGuard.KeptRuns(stateFolder)).Order()];

    /// <summary>Writes the adapter as a PEFT folder, for Python PEFT, <c>edgeflora classify</c> and the like.</summary>
    /// <param name="run">One of <see cref="Runs"/>.</param>
    /// <exception cref="AdapterFormatException">What is kept is damaged.</exception>
    /// <exception cref="IOException">The folder holds something else, or the disk failed.</exception>
    public static void Write(string stateFolder, Guid run, string folder)
    {
        if (OwnAdapterGuard.KeptRuns(stateFolder).Contains(run))
        {
            OwnAdapterGuard.Export(stateFolder, run, folder);
            return;
        }

        (LoraAdapter adapter, OwnFactorsNote? note) = new OwnFactorsStore(stateFolder, NullLogger.Instance).Export(run);
        PeftFolder.Write(
            folder,
            adapter,
            note?.Model,
            note?.TaskType,
            labels: note is { Labels.Count: > 0 } ? note.Labels : null,
            baseDeltaSha256: note?.BaseDelta);
    }
}

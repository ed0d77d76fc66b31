using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tasks;

/// <summary>Takes an agent's own adapter, which is never sent, out of its state folder.</summary>
internal static class OwnAdapterExport
{
    /// <summary>Runs of which an adapter is kept.</summary>
    public static IReadOnlyList<Guid> Runs(string stateFolder) => OwnFactorsStore.Runs(stateFolder);

    /// <summary>Writes the adapter as a PEFT folder, for Python PEFT, <c>edgeflora classify</c> and the like.</summary>
    /// <param name="run">One of <see cref="Runs"/>.</param>
    /// <exception cref="AdapterFormatException">What is kept is damaged.</exception>
    /// <exception cref="IOException">The folder holds something else, or the disk failed.</exception>
    public static void Write(string stateFolder, Guid run, string folder)
    {
        (LoraAdapter adapter, OwnFactorsNote? note) = new OwnFactorsStore(stateFolder, NullLogger.Instance).Export(run);
        string? taskType = note is null ? null : note.Labels.Count > 0 ? "SEQ_CLS" : "CAUSAL_LM";
        PeftFolder.Write(
            folder, adapter, note?.Model, taskType, labels: note is { Labels.Count: > 0 } ? note.Labels : null, baseDeltaSha256: note?.BaseDelta);
    }
}

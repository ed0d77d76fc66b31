using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Aggregation.Products;

namespace EdgeFlora.Aggregation.Streaming;

/// <summary>One module's factors in PEFT folders, read when they are asked for, and at most a batch of them held.</summary>
/// <remarks>
/// Each slot of a batch keeps its buffers for the next factors of the same shape: a merge allocates once, however many modules there are.
/// </remarks>
internal sealed class FolderFactors(IReadOnlyList<PeftAdapterReader> folders, string module, int batch, LoraFactors?[] slots) : IFactorSource
{
    public int Count => folders.Count;

    public int Outputs => folders[0].Modules[module].Outputs;

    public int Inputs => folders[0].Modules[module].Inputs;

    public int Batch => batch;

    public int RankOf(int index) => folders[index].Config.Settings.Rank;

    public LoraFactors Load(int index) => slots[index % batch] = folders[index].ReadFactors(module, slots[index % batch]);
}

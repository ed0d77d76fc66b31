namespace EdgeFlora.Adapters.Merging;

/// <summary>What a merge did.</summary>
/// <param name="Merged">Weights that an adapter went into.</param>
/// <param name="Saved">Tensors taken over from the adapter.</param>
/// <param name="Kept">Tensors of the base as they were.</param>
public sealed record MergeSummary(int Merged, int Saved, int Kept);

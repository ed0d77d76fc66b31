namespace EdgeFlora.Adapters.Merging;

/// <summary>What a merge did.</summary>
/// <param name="Merged">Weights that an adapter went into.</param>
/// <param name="Saved">Tensors taken over from the adapter.</param>
/// <param name="Kept">Tensors of the base as they were.</param>
/// <param name="OutputApart">Whether an output layer that was tied to the word embeddings has weights of its own from now on.</param>
/// <param name="Vocabulary">Number of words, where the adapter's differs from the base's; else null.</param>
/// <param name="TokenizerOfAdapter">Whether the tokenizer is the one beside the adapter.</param>
/// <param name="LacksPooler">Whether the model classifies without the pooler that Transformers expects in its family.</param>
public sealed record MergeSummary(
    int Merged, int Saved, int Kept, bool OutputApart = false, int? Vocabulary = null, bool TokenizerOfAdapter = false, bool LacksPooler = false);

namespace EdgeFlora.Learning.Models.UseLite;

/// <summary>The sizes of Universal Sentence Encoder Lite (arXiv 1803.11175), as <c>config.json</c> states them.</summary>
public sealed record UseLiteConfig
{
    public required int VocabularySize { get; init; }

    /// <summary>Width of the word vectors; even, for half of a position's numbers are sines and half cosines.</summary>
    public required int EmbeddingSize { get; init; }

    /// <summary>Width of the token vectors from the first block on.</summary>
    public required int HiddenSize { get; init; }

    public required int Heads { get; init; }

    /// <summary>Width of an attention head, for each block.</summary>
    public required IReadOnlyList<int> HeadWidths { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Longest sequence.</summary>
    public required int MaxPositions { get; init; }

    public float NormEpsilon { get; init; } = 1e-6f;

    /// <summary>Between the two layers of the feed-forward block.</summary>
    public HiddenActivation Activation { get; init; } = HiddenActivation.Relu;

    /// <summary>Reads the settings of <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">A setting is missing or out of range; the message names it.</exception>
    internal static UseLiteConfig Read(ConfigFile file)
    {
        int layers = file.Integer("layers", 1, 200);
        var config = new UseLiteConfig
        {
            VocabularySize = file.Integer("vocab_size", 7, 1_000_000),
            EmbeddingSize = file.Integer("embedding_dim", 2, 16_384),
            HiddenSize = file.Integer("hidden_size", 1, 16_384),
            Heads = file.Integer("heads", 1, 256),
            HeadWidths = file.Integers("head_dim", layers, 1, 16_384),
            IntermediateSize = file.Integer("ffn_dim", 1, 65_536),
            MaxPositions = file.Integer("max_position", 3, 65_536),
            NormEpsilon = (float)file.Number("layer_norm_eps", 1e-20, 0.1, fallback: 1e-6),
            Activation = HiddenActivations.Read(file, "activation"),
        };
        return config.EmbeddingSize % 2 == 0 ? config : throw file.Refuse($"embedding_dim is {config.EmbeddingSize}; it is even");
    }
}

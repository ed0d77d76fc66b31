using EdgeFlora.Learning.Kernels;

namespace EdgeFlora.Learning.Models.Llama;

/// <summary>The sizes of a LLaMA decoder (arXiv 2302.13971) or one of its relatives, as <c>config.json</c> states them.</summary>
public sealed record LlamaConfig
{
    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    public required int Layers { get; init; }

    public required int Heads { get; init; }

    /// <summary>Heads of key and value; divides <see cref="Heads"/>.</summary>
    public required int KeyHeads { get; init; }

    /// <summary>Values of one head; even.</summary>
    public required int HeadWidth { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Longest sequence.</summary>
    public required int MaxPositions { get; init; }

    public float NormEpsilon { get; init; } = 1e-6f;

    /// <summary>Whether the projections to query, key and value have biases.</summary>
    public bool QueryKeyValueBias { get; init; }

    /// <summary>Whether the projection that follows attention has a bias.</summary>
    public bool AttentionOutputBias { get; init; }

    /// <summary>Whether the layers of the feed-forward part have biases.</summary>
    public bool FeedForwardBias { get; init; }

    /// <summary>Whether the word embeddings serve as output weights too.</summary>
    public bool TiedEmbeddings { get; init; }

    /// <summary>Tokens that a token of each layer sees, itself included; null for all. One entry a layer.</summary>
    public required IReadOnlyList<int?> Windows { get; init; }

    public required RotaryTable Rotary { get; init; }

    /// <summary>Reads the settings of <c>config.json</c>.</summary>
    /// <param name="type"><c>llama</c>, <c>mistral</c> or <c>qwen2</c>: they differ in what goes without saying.</param>
    /// <exception cref="InvalidDataException">A setting is missing, out of range or asks for what is not supported; the message names it.</exception>
    internal static LlamaConfig Read(ConfigFile file, string type)
    {
        file.Require("hidden_act", ["silu", "swish"], optional: true);
        int width = file.Integer("hidden_size", 1, 65_536);
        int heads = file.Integer("num_attention_heads", 1, 1024);
        int headWidth = file.Integer("head_dim", 2, 1024, fallback: width / heads);
        int layers = file.Integer("num_hidden_layers", 1, 1000);
        int positions = file.Integer("max_position_embeddings", 1, 1 << 24);
        bool attentionBias = file.Flag("attention_bias", fallback: false);
        var config = new LlamaConfig
        {
            VocabularySize = file.Integer("vocab_size", 2, 1_000_000),
            HiddenSize = width,
            Layers = layers,
            Heads = heads,
            KeyHeads = file.Integer("num_key_value_heads", 1, heads, fallback: type == "mistral" ? Math.Min(8, heads) : heads),
            HeadWidth = headWidth,
            IntermediateSize = file.Integer("intermediate_size", 1, 1 << 20),
            MaxPositions = positions,
            NormEpsilon = (float)file.Number("rms_norm_eps", 1e-20, 0.1, fallback: 1e-6),
            QueryKeyValueBias = type == "qwen2" || attentionBias,
            AttentionOutputBias = type != "qwen2" && attentionBias,
            FeedForwardBias = file.Flag("mlp_bias", fallback: false),
            TiedEmbeddings = file.Flag("tie_word_embeddings", fallback: false),
            Windows = SlidingWindows.Read(file, type, layers),
            Rotary = RotaryScaling.Read(file, headWidth, positions),
        };
        if (!file.Has("head_dim") && width % heads != 0)
        {
            throw file.Refuse($"hidden_size {width} is no multiple of num_attention_heads {heads}, and there is no head_dim");
        }

        if (headWidth % 2 != 0)
        {
            throw file.Refuse($"heads are {headWidth} wide; rotary positions take an even width");
        }

        return heads % config.KeyHeads == 0
            ? config
            : throw file.Refuse($"num_attention_heads {heads} is no multiple of num_key_value_heads {config.KeyHeads}");
    }
}

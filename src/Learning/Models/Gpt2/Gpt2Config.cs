namespace EdgeFlora.Learning.Models.Gpt2;

/// <summary>The sizes of a GPT-2 decoder, as <c>config.json</c> states them.</summary>
public sealed record Gpt2Config
{
    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    public required int Layers { get; init; }

    /// <summary>Divides <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Longest sequence.</summary>
    public required int MaxPositions { get; init; }

    public HiddenActivation Activation { get; init; } = HiddenActivation.GeluTanh;

    public float NormEpsilon { get; init; } = 1e-5f;

    /// <summary>Whether the word embeddings serve as output weights too.</summary>
    public bool TiedEmbeddings { get; init; } = true;

    /// <summary>Reads the settings of <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">A setting is missing, out of range or asks for what is not supported; the message names it.</exception>
    internal static Gpt2Config Read(ConfigFile file)
    {
        Require(file, "scale_attn_weights", true);
        Require(file, "scale_attn_by_inverse_layer_idx", false);
        Require(file, "add_cross_attention", false);
        int width = file.Integer("n_embd", 1, 65_536);
        var config = new Gpt2Config
        {
            VocabularySize = file.Integer("vocab_size", 2, 1_000_000),
            HiddenSize = width,
            Layers = file.Integer("n_layer", 1, 1000),
            Heads = file.Integer("n_head", 1, 1024),
            IntermediateSize = file.Integer("n_inner", 1, 1 << 20, fallback: 4 * width),
            MaxPositions = file.Integer("n_positions", 1, 1 << 20),
            Activation = file.Has("activation_function") ? HiddenActivations.Read(file, "activation_function") : HiddenActivation.GeluTanh,
            NormEpsilon = (float)file.Number("layer_norm_epsilon", 1e-20, 0.1, fallback: 1e-5),
            TiedEmbeddings = file.Flag("tie_word_embeddings", fallback: true),
        };
        return width % config.Heads == 0 ? config : throw file.Refuse($"n_embd {width} is no multiple of n_head {config.Heads}");
    }

    private static void Require(ConfigFile file, string setting, bool only)
    {
        if (file.Flag(setting, fallback: only) != only)
        {
            throw file.Refuse($"{setting} is {(only ? "false" : "true")}; supported is {(only ? "true" : "false")}");
        }
    }
}

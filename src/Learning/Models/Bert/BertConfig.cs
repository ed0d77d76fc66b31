using System.Text.Json;
using EdgeFlora.Storage;

namespace EdgeFlora.Learning.Models.Bert;

/// <summary>The sizes of a BERT encoder, as <c>config.json</c> states them (arXiv 1810.04805).</summary>
public sealed record BertConfig
{
    public required int VocabularySize { get; init; }

    public required int HiddenSize { get; init; }

    public required int Layers { get; init; }

    /// <summary>Divides <see cref="HiddenSize"/>.</summary>
    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    public required int IntermediateSize { get; init; }

    /// <summary>Longest sequence, special tokens included.</summary>
    public required int MaxPositions { get; init; }

    /// <summary>Kinds of segment; 2 where text pairs are possible.</summary>
    public int SegmentTypes { get; init; } = 2;

    public float NormEpsilon { get; init; } = 1e-12f;

    /// <summary>Between the two layers of the feed-forward block.</summary>
    public HiddenActivation Activation { get; init; }

    /// <summary>Reads the settings of <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">A setting is missing, out of range or asks for what is not supported; the message names it.</exception>
    internal static BertConfig Read(ConfigFile file)
    {
        file.Require("position_embedding_type", "absolute", optional: true);
        if (file.Flag("is_decoder", fallback: false))
        {
            throw file.Refuse("is_decoder is true, so that a token sees only those before it; supported are encoders, with is_decoder false");
        }

        var config = new BertConfig
        {
            VocabularySize = file.Integer("vocab_size", 5, 1_000_000),
            HiddenSize = file.Integer("hidden_size", 1, 16_384),
            Layers = file.Integer("num_hidden_layers", 1, 200),
            Heads = file.Integer("num_attention_heads", 1, 256),
            IntermediateSize = file.Integer("intermediate_size", 1, 65_536),
            MaxPositions = file.Integer("max_position_embeddings", 3, 65_536),
            SegmentTypes = file.Integer("type_vocab_size", 1, 16, fallback: 2),
            NormEpsilon = (float)file.Number("layer_norm_eps", 1e-20, 0.1, fallback: 1e-12),
            Activation = HiddenActivations.Read(file, "hidden_act"),
        };
        return config.HiddenSize % config.Heads == 0
            ? config
            : throw file.Refuse($"hidden_size {config.HiddenSize} is no multiple of num_attention_heads {config.Heads}");
    }

    /// <summary>Writes a <c>config.json</c> that Transformers reads as a masked language model.</summary>
    public void Write(string path) => AtomicFile.Write(path, Write);

    private void Write(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" });
        json.WriteStartObject();
        json.WriteStartArray("architectures");
        json.WriteStringValue("BertForMaskedLM");
        json.WriteEndArray();
        json.WriteNumber("attention_probs_dropout_prob", 0);
        json.WriteString("hidden_act", Activation.Name());
        json.WriteNumber("hidden_dropout_prob", 0);
        json.WriteNumber("hidden_size", HiddenSize);
        json.WriteNumber("initializer_range", 0.02);
        json.WriteNumber("intermediate_size", IntermediateSize);
        json.WriteNumber("layer_norm_eps", NormEpsilon);
        json.WriteNumber("max_position_embeddings", MaxPositions);
        json.WriteString("model_type", "bert");
        json.WriteNumber("num_attention_heads", Heads);
        json.WriteNumber("num_hidden_layers", Layers);
        json.WriteNumber("pad_token_id", 0);
        json.WriteString("position_embedding_type", "absolute");
        json.WriteBoolean("tie_word_embeddings", true);
        json.WriteString("torch_dtype", "bfloat16");
        json.WriteNumber("type_vocab_size", SegmentTypes);
        json.WriteNumber("vocab_size", VocabularySize);
        json.WriteEndObject();
    }
}

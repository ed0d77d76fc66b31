using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Learning.Models.Roberta;

/// <summary>The sizes of a RoBERTa encoder, as <c>config.json</c> states them (arXiv 1907.11692).</summary>
/// <param name="Encoder">Sizes of the encoder, which is BERT's.</param>
/// <param name="Padding">Id of the padding token. Positions count from the one after it: a trace of where the model was first trained.</param>
public sealed record RobertaConfig(BertConfig Encoder, int Padding)
{
    // Two special tokens and one of the text.
    private const int ShortestSequence = 3;

    /// <summary>Position of a sequence's first token.</summary>
    public int FirstPosition => Padding + 1;

    /// <summary>Longest sequence, special tokens included.</summary>
    public int MaxTokens => Encoder.MaxPositions - FirstPosition;

    /// <summary>Reads the settings of <c>config.json</c>.</summary>
    /// <exception cref="InvalidDataException">A setting is missing, out of range or asks for what is not supported; the message names it.</exception>
    internal static RobertaConfig Read(ConfigFile file)
    {
        var config = new RobertaConfig(BertConfig.Read(file), file.Integer("pad_token_id", 0, 65_535, fallback: 1));
        return config.MaxTokens >= ShortestSequence
            ? config
            : throw file.Refuse(
                $"max_position_embeddings {config.Encoder.MaxPositions} leaves room for {config.MaxTokens} tokens after pad_token_id "
                + $"{config.Padding}; it takes at least {ShortestSequence}");
    }
}

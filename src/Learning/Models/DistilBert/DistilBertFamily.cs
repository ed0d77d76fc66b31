using EdgeFlora.Learning.Models.Bert;

namespace EdgeFlora.Learning.Models.DistilBert;

/// <summary>Reads models of type <c>distilbert</c>.</summary>
internal static class DistilBertFamily
{
    private static readonly string[] OtherHeads =
        ["vocab_transform.", "vocab_layer_norm.", "vocab_projector.", "qa_outputs.", "pre_classifier.", "classifier."];

    public static ModelFamily Instance { get; } = new(
        ["distilbert"],
        (config, _) => new DistilBertModel(Read(config)),
        name => OtherHeads.Any(head => name.StartsWith(head, StringComparison.Ordinal)) || name == "distilbert.embeddings.position_ids");

    // Its settings bear other names than BERT's. Positions made of sines lie in the file like learnt ones.
    private static BertConfig Read(ConfigFile file)
    {
        var config = new BertConfig
        {
            VocabularySize = file.Integer("vocab_size", 5, 1_000_000),
            HiddenSize = file.Integer("dim", 1, 16_384),
            Layers = file.Integer("n_layers", 1, 200),
            Heads = file.Integer("n_heads", 1, 256),
            IntermediateSize = file.Integer("hidden_dim", 1, 65_536),
            MaxPositions = file.Integer("max_position_embeddings", 3, 65_536),
            Activation = HiddenActivations.Read(file, "activation"),
        };
        return config.HiddenSize % config.Heads == 0
            ? config
            : throw file.Refuse($"dim {config.HiddenSize} is no multiple of n_heads {config.Heads}");
    }
}

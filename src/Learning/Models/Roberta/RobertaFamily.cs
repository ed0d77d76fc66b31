namespace EdgeFlora.Learning.Models.Roberta;

/// <summary>Reads models of type <c>roberta</c> and <c>xlm-roberta</c>.</summary>
internal static class RobertaFamily
{
    public static ModelFamily Instance { get; } = new(
        ["roberta", "xlm-roberta"],
        (config, _) => new RobertaModel(RobertaConfig.Read(config)),
        IsKnown);

    // The pooler is BERT's, never trained in RoBERTa and left out by its own classifier.
    private static bool IsKnown(string name) =>
        name.StartsWith("lm_head.", StringComparison.Ordinal)
        || name.StartsWith("classifier.", StringComparison.Ordinal)
        || name.StartsWith("qa_outputs.", StringComparison.Ordinal)
        || name.StartsWith("roberta.pooler.dense.", StringComparison.Ordinal)
        || name == "roberta.embeddings.position_ids";
}

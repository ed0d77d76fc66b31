namespace EdgeFlora.Learning.Models.Bert;

/// <summary>Tensors that published BERT checkpoints carry beside the encoder: heads for other tasks and saved constants.</summary>
internal static class BertCheckpointNames
{
    public static bool IsKnown(string name) =>
        name.StartsWith("cls.predictions.", StringComparison.Ordinal)
        || name is "cls.seq_relationship.weight" or "cls.seq_relationship.bias"
            or "classifier.weight" or "classifier.bias"
            or "qa_outputs.weight" or "qa_outputs.bias"
            or "bert.embeddings.position_ids";
}

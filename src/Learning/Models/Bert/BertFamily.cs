namespace EdgeFlora.Learning.Models.Bert;

/// <summary>Reads models of type <c>bert</c>.</summary>
internal static class BertFamily
{
    public static ModelFamily Instance { get; } = new(
        ["bert"],
        (config, tensors) => new BertModel(BertConfig.Read(config), pooler: tensors.Tensors.ContainsKey("bert.pooler.dense.weight")),
        BertCheckpointNames.IsKnown);
}

namespace EdgeFlora.Learning.Models.Bert;

/// <summary>All blocks of an encoder, one after the other.</summary>
internal sealed class BertLayers
{
    private readonly BertLayer[] layers;

    /// <param name="names">What the family calls the parts of a layer, by its number from 0.</param>
    public BertLayers(ModelLayout layout, BertConfig config, Func<int, BertLayerNames> names) =>
        layers = [.. Enumerable.Range(0, config.Layers).Select(i => new BertLayer(layout, config, names(i)))];

    /// <param name="hidden">[tokens × hidden].</param>
    /// <returns>The same shape.</returns>
    public T Forward<T>(IOperations<T> ops, T hidden, TokenBatch batch)
    {
        foreach (BertLayer layer in layers)
        {
            hidden = ops.Block(hidden, (layer, batch.Starts), static (block, input, of) => of.layer.Forward(block, input, of.Starts));
        }

        return hidden;
    }
}

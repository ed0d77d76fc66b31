namespace EdgeFlora.Learning.Models;

/// <summary>
/// One linear layer without bias, <c>score</c>, on the last token of each sequence: how decoders classify, for only the last token has seen all
/// others.
/// </summary>
public sealed class LastTokenHead : IClassificationHead
{
    private readonly LinearLayer score;

    public LastTokenHead(int hiddenSize, int labels) => score = Layout.Linear("score", hiddenSize, labels, bias: false);

    public ModelLayout Layout { get; } = new();

    public IReadOnlyList<string> Modules { get; } = ["score"];

    public int Labels => score.Outputs;

    public T Forward<T>(IOperations<T> ops, T hidden, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        return ops.Linear(ops.SelectRows(hidden, batch.Ends), score);
    }
}

namespace EdgeFlora.Learning.Models.DistilBert;

/// <summary>On the first token: <c>pre_classifier</c>, ReLU, <c>classifier</c>.</summary>
public sealed class DistilBertClassificationHead : IClassificationHead
{
    private readonly LinearLayer dense;
    private readonly LinearLayer output;

    public DistilBertClassificationHead(int hidden, int labels)
    {
        dense = Layout.Linear("pre_classifier", hidden, hidden);
        output = Layout.Linear("classifier", hidden, labels);
    }

    public ModelLayout Layout { get; } = new();

    public IReadOnlyList<string> Modules { get; } = ["pre_classifier", "classifier"];

    public int Labels => output.Outputs;

    public T Forward<T>(IOperations<T> ops, T hidden, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        return ops.Linear(ops.Relu(ops.Linear(ops.SelectRows(hidden, batch.Starts[..^1]), dense)), output);
    }
}

namespace EdgeFlora.Learning.Models.Roberta;

/// <summary>On the first token: <c>classifier.dense</c>, tanh, <c>classifier.out_proj</c>.</summary>
public sealed class RobertaClassificationHead : IClassificationHead
{
    private readonly LinearLayer dense;
    private readonly LinearLayer output;

    public RobertaClassificationHead(int hidden, int labels)
    {
        dense = Layout.Linear("classifier.dense", hidden, hidden);
        output = Layout.Linear("classifier.out_proj", hidden, labels);
    }

    public ModelLayout Layout { get; } = new();

    public IReadOnlyList<string> Modules { get; } = ["classifier"];

    public int Labels => output.Outputs;

    public T Forward<T>(IOperations<T> ops, T hidden, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        ArgumentNullException.ThrowIfNull(batch);
        return ops.Linear(ops.Tanh(ops.Linear(ops.SelectRows(hidden, batch.Starts[..^1]), dense)), output);
    }
}

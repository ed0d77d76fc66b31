namespace EdgeFlora.Learning.Models.Bert;

/// <summary>One linear layer, <c>classifier</c>, on the one vector that <see cref="BertModel.Pool"/> makes of a sequence.</summary>
public sealed class BertClassificationHead : IClassificationHead
{
    private readonly BertModel model;
    private readonly LinearLayer classifier;

    public BertClassificationHead(BertModel model, int labels)
    {
        ArgumentNullException.ThrowIfNull(model);
        this.model = model;
        classifier = Layout.Linear("classifier", model.HiddenSize, labels);
    }

    public ModelLayout Layout { get; } = new();

    public IReadOnlyList<string> Modules { get; } = ["classifier"];

    public int Labels => classifier.Outputs;

    public T Forward<T>(IOperations<T> ops, T hidden, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        return ops.Linear(model.Pool(ops, hidden, batch), classifier);
    }
}

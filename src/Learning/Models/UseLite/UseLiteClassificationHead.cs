namespace EdgeFlora.Learning.Models.UseLite;

/// <summary>One linear layer, <c>classifier</c>, on the sentence vector of <see cref="UseLiteNetwork.Pool"/>.</summary>
public sealed class UseLiteClassificationHead : IClassificationHead
{
    private readonly UseLiteNetwork network;
    private readonly LinearLayer classifier;

    public UseLiteClassificationHead(UseLiteNetwork network, int labels)
    {
        ArgumentNullException.ThrowIfNull(network);
        this.network = network;
        classifier = Layout.Linear("classifier", network.HiddenSize, labels);
    }

    public ModelLayout Layout { get; } = new();

    public IReadOnlyList<string> Modules { get; } = ["classifier"];

    public int Labels => classifier.Outputs;

    public T Forward<T>(IOperations<T> ops, T hidden, TokenBatch batch)
    {
        ArgumentNullException.ThrowIfNull(ops);
        return ops.Linear(network.Pool(ops, hidden, batch), classifier);
    }
}

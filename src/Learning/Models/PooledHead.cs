namespace EdgeFlora.Learning.Models;

/// <summary>One linear layer, <c>classifier</c>, on the one vector that <see cref="IPoolingNetwork.Pool"/> makes of a sequence.</summary>
public sealed class PooledHead : IClassificationHead
{
    private readonly IPoolingNetwork network;
    private readonly LinearLayer classifier;

    public PooledHead(IPoolingNetwork network, int labels)
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

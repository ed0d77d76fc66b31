namespace EdgeFlora.Testing;

/// <summary>What a federation meets over, and with it where its members live.</summary>
public abstract record Broker
{
    private protected Broker()
    {
    }

    internal sealed record Memory : Broker;

    internal sealed record Given(string Url) : Broker;

    internal sealed record Containers : Broker;
}

/// <summary>Kinds of brokers.</summary>
public static class Brokers
{
    /// <summary>None: coordinator and agents are tasks of this process and share a bus in memory. Members can be killed and slowed.</summary>
    public static Broker InMemory { get; } = new Broker.Memory();

    /// <summary>
    /// RabbitMQ in a container, and coordinator and agents in containers of EdgeFlora's images, on a network of their own. Members can be killed,
    /// paused, cut off and slowed.
    /// </summary>
    /// <remarks>
    /// Images are <c>rabbitmq:4</c> and <c>edgeflora/coordinator</c>, <c>edgeflora/agent</c>, or what <c>EDGEFLORA_RABBITMQ_IMAGE</c> names and
    /// what begins with <c>EDGEFLORA_IMAGES</c>.
    /// </remarks>
    public static Broker Container { get; } = new Broker.Containers();

    /// <summary>
    /// A RabbitMQ that runs: coordinator and agents are tasks of this process, each with a connection of its own. Members can be killed, cut off and
    /// slowed.
    /// </summary>
    /// <param name="url">
    /// <c>amqp[s]://user:password@host:port/vhost</c>, a virtual host of the test's own: hellos that wait there are thrown away.
    /// </param>
    public static Broker At(string url) => new Broker.Given(url);
}

namespace EdgeFlora.Testing.Containers;

/// <summary>Images of containers: the public ones, or what the environment names.</summary>
public static class Images
{
    /// <summary>Image of RabbitMQ for containers of tests and of <c>compose.yaml</c>; without it <c>rabbitmq:4</c>.</summary>
    private const string RabbitMqVariable = "EDGEFLORA_RABBITMQ_IMAGE";

    /// <summary>What the names of EdgeFlora's images begin with, for containers of tests; without it <c>edgeflora/</c>.</summary>
    private const string OwnVariable = "EDGEFLORA_IMAGES";

    /// <summary>RabbitMQ 4: <c>EDGEFLORA_RABBITMQ_IMAGE</c>, or <c>rabbitmq:4</c>.</summary>
    public static string RabbitMq => Variable(RabbitMqVariable) ?? "rabbitmq:4";

    /// <summary>The coordinator.</summary>
    public static string Coordinator => Own("coordinator");

    /// <summary>An agent with the portable engine.</summary>
    public static string Agent => Own("agent");

    /// <summary>An agent with the torch engine too.</summary>
    public static string TorchAgent => Own("agent-torch");

    /// <summary>EdgeFlora's images begin with <c>EDGEFLORA_IMAGES</c>, or <c>edgeflora/</c>.</summary>
    private static string Own(string name) => $"{Variable(OwnVariable) ?? "edgeflora/"}{name}";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

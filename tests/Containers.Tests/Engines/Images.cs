namespace EdgeFlora.Containers.Tests.Engines;

/// <summary>The images of the tests. Our own are those that <c>infra/images.sh</c> builds for <c>compose.yaml</c>.</summary>
internal static class Images
{
    /// <summary>RabbitMQ 4: the public image, or what the environment names.</summary>
    public static string RabbitMq => Variable("EDGEFLORA_RABBITMQ_IMAGE") ?? "rabbitmq:4";

    public static string Coordinator => Own("coordinator");

    public static string Agent => Own("agent");

    public static string TorchAgent => Own("agent-torch");

    /// <summary>A system that can load libtorch, for a program that brings its own runtime.</summary>
    public static string TorchSystem => Variable("EDGEFLORA_RABBITMQ_IMAGE") ?? "ubuntu:24.04";

    /// <summary>Skips the calling test where our images were not built; fails it where <c>CI</c> is set.</summary>
    public static void RequireOwn()
    {
        if (Variable("EDGEFLORA_IMAGES") is null)
        {
            const string absent = "EDGEFLORA_IMAGES names no images of ours; ./test.sh builds them (infra/images.sh) and sets it";
            Assert.SkipWhen(Variable("CI") is null, absent);
            Assert.Fail(absent);
        }
    }

    private static string Own(string name) => $"{Variable("EDGEFLORA_IMAGES")}{name}";

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}

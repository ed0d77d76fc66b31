using System.Net.Sockets;
using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Configurations;

namespace EdgeFlora.Testing.Containers;

/// <summary>The container engine that Testcontainers finds, spoken to in a version that both know.</summary>
public static class ContainerEngine
{
    /// <summary>
    /// What Testcontainers reads the version from; older engines refuse its usual one, and then it says only that there is no engine.
    /// </summary>
    private const string VersionVariable = "DOCKER_API_VERSION";

    /// <summary>What Testcontainers 4.16 speaks if nothing is set: of Docker 25. Debian 12's engine knows 1.41.</summary>
    private static readonly Version Usual = new(1, 44);

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly Lazy<Task<string?>> Found = new(FindAsync);

    /// <summary>Why containers can't be used here, with what would help; null if they can. A test may be skipped with it.</summary>
    public static Task<string?> WhyNotAsync() => Found.Value;

    /// <exception cref="ContainersUnavailableException">No engine answers.</exception>
    internal static async Task RequireAsync()
    {
        if (await Found.Value is { } absent)
        {
            throw new ContainersUnavailableException(absent);
        }
    }

    /// <summary>A client of the engine; <see cref="RequireAsync"/> comes first.</summary>
    internal static DockerClient Client() => new DockerClientBuilder().Build();

    /// <summary>The version to set for Testcontainers; null if none is needed.</summary>
    /// <param name="set">What the environment says already.</param>
    /// <param name="engine">The newest that the engine speaks.</param>
    internal static string? Spoken(string? set, string engine) => string.IsNullOrEmpty(set) && Version.Parse(engine) < Usual ? engine : null;

    private static async Task<string?> FindAsync()
    {
        try
        {
            using var limit = new CancellationTokenSource(Patience);
            using (DockerClient client = Client())
            {
                string spoken = (await client.System.GetVersionAsync(limit.Token)).APIVersion;
                if (Spoken(Environment.GetEnvironmentVariable(VersionVariable), spoken) is { } older)
                {
                    Environment.SetEnvironmentVariable(VersionVariable, older);
                }
            }

            // It has looked for the engine by itself; what it is told after that, it does not hear.
            return TestcontainersSettings.OS.DockerEndpointAuthConfig is null ? "Testcontainers finds no container engine, though one answers" : null;
        }
        catch (Exception absent) when (absent is DockerUnavailableException or DockerApiException or HttpRequestException or SocketException
            or TimeoutException or OperationCanceledException)
        {
            return $"no container engine answers: {absent.Message.Split('\n')[0]} (start Docker, or name an engine with DOCKER_HOST)";
        }
    }
}

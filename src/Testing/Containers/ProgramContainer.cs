using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;

namespace EdgeFlora.Testing.Containers;

/// <summary>A container with a program, and what can be done to it.</summary>
public class ProgramContainer : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly IContainer container;
    private readonly INetwork network;
    private readonly DockerClient engine = ContainerEngine.Client();

    internal ProgramContainer(IContainer container, INetwork network)
    {
        this.container = container;
        this.network = network;
    }

    /// <summary>The same for Testcontainers.</summary>
    public IContainer Container => container;

    /// <summary>Creates and starts it; one that has ended already is no failure.</summary>
    /// <exception cref="ContainersUnavailableException">There is no such image; the message says what would help.</exception>
    public async Task StartAsync(CancellationToken stop = default)
    {
        try
        {
            await container.StartAsync(stop);
        }
        catch (ContainerNotRunningException)
        {
            // What it said and its exit code are there to ask for.
        }
        catch (DockerApiException missing) when (missing is DockerImageNotFoundException || missing.StatusCode == HttpStatusCode.NotFound)
        {
            throw new ContainersUnavailableException(
                $"There is no image {container.Image.FullName} here, and none to pull: {missing.Message.Trim()}. Build EdgeFlora's images "
                    + "(infra/images.sh), or name others with EDGEFLORA_IMAGES and EDGEFLORA_RABBITMQ_IMAGE.",
                missing);
        }
    }

    /// <summary>Waits for a line on standard output or error, of this start or an earlier one.</summary>
    /// <param name="pattern">A regular expression.</param>
    /// <exception cref="FederationFailedException">It did not come within two minutes; the message holds the whole log.</exception>
    public async Task<string> LineAsync(string pattern, CancellationToken stop = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        var text = new StringBuilder();
        var expression = new Regex($"^.*(?:{pattern}).*$", RegexOptions.Multiline | RegexOptions.CultureInvariant);
        try
        {
            using MultiplexedStream log = await engine.Containers.GetContainerLogsAsync(
                container.Id, new ContainerLogsParameters { ShowStdout = true, ShowStderr = true, Follow = true }, limit.Token);
            byte[] buffer = new byte[4096];
            while (true)
            {
                MultiplexedStream.ReadResult read = await log.ReadOutputAsync(buffer, 0, buffer.Length, limit.Token);
                if (read.EOF)
                {
                    break;
                }

                text.Append(Encoding.UTF8.GetString(buffer, 0, read.Count));
                if (expression.Match(text.ToString()) is { Success: true } line)
                {
                    return line.Value;
                }
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new FederationFailedException($"{container.Image.FullName} did not say '{pattern}' within {Limit}; it said:\n{text}");
        }

        throw new FederationFailedException($"{container.Image.FullName} ended without saying '{pattern}'; it said:\n{text}");
    }

    /// <summary>All that it said so far, with its name.</summary>
    public async Task<string> LogAsync()
    {
        (string said, string complained) = await container.GetLogsAsync(timestampsEnabled: false);
        return $"--- {container.Image.FullName} {container.Name}\n{said}{complained}";
    }

    /// <summary>Waits for the end of the program, as long as <paramref name="stop"/> lets it.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<long> ExitAsync(CancellationToken stop = default) =>
        (await engine.Containers.WaitContainerAsync(container.Id, stop)).StatusCode;

    /// <summary>Ends it as a power cut does: SIGKILL, nothing is put in order.</summary>
    public async Task KillAsync(CancellationToken stop = default)
    {
        await engine.Containers.KillContainerAsync(container.Id, new ContainerKillParameters { Signal = "KILL" }, stop);
        await engine.Containers.WaitContainerAsync(container.Id, stop);
    }

    /// <summary>Starts it again, with the files it has.</summary>
    public Task StartAgainAsync(CancellationToken stop = default) =>
        engine.Containers.StartContainerAsync(container.Id, new ContainerStartParameters(), stop);

    /// <summary>Freezes it. On a busy machine older runtimes give up before every process is frozen, and are asked again.</summary>
    public async Task PauseAsync(CancellationToken stop = default)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                await container.PauseAsync(stop);
                return;
            }
            catch (DockerApiException busy) when (attempt < 10 && busy.Message.Contains("unable to freeze", StringComparison.Ordinal))
            {
                // Each attempt takes the runtime its own while.
            }
        }
    }

    /// <summary>Lets it go on.</summary>
    public Task UnpauseAsync(CancellationToken stop = default) => container.UnpauseAsync(stop);

    /// <summary>Pulls the cable: no packet comes or goes, and nobody is told.</summary>
    public Task CutAsync(CancellationToken stop = default) =>
        engine.Networks.DisconnectNetworkAsync(network.Name, new NetworkDisconnectParameters { Container = container.Id, Force = true }, stop);

    /// <summary>Puts the cable back.</summary>
    public Task HealAsync(CancellationToken stop = default) =>
        engine.Networks.ConnectNetworkAsync(network.Name, new NetworkConnectParameters { Container = container.Id }, stop);

    public async ValueTask DisposeAsync()
    {
        await container.DisposeAsync();
        engine.Dispose();
        GC.SuppressFinalize(this);
    }
}

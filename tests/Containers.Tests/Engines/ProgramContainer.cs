using System.Text;
using System.Text.RegularExpressions;
using Docker.DotNet;
using Docker.DotNet.Models;
using DotNet.Testcontainers.Containers;
using DotNet.Testcontainers.Networks;

namespace EdgeFlora.Containers.Tests.Engines;

/// <summary>A container with one of our programs, and what can be done to it.</summary>
internal sealed class ProgramContainer(DockerClient engine, IContainer container, INetwork network) : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public IContainer Container => container;

    public async Task StartAsync(CancellationToken stop)
    {
        try
        {
            await container.StartAsync(stop);
        }
        catch (ContainerNotRunningException)
        {
            // It has ended already; what it said and its exit code are there to ask for.
        }
    }

    /// <summary>Waits for a line on standard output or error, of this start or an earlier one.</summary>
    /// <exception cref="Xunit.Sdk.XunitException">It did not come; the message holds the whole log.</exception>
    public async Task<string> LineAsync(string pattern, CancellationToken stop)
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
            Assert.Fail($"{container.Image.FullName} did not say '{pattern}' within {Limit}; it said:\n{text}");
        }

        Assert.Fail($"{container.Image.FullName} ended without saying '{pattern}'; it said:\n{text}");
        return "";
    }

    /// <summary>All that it said so far, with its name.</summary>
    public async Task<string> LogAsync()
    {
        (string said, string complained) = await container.GetLogsAsync(timestampsEnabled: false);
        return $"--- {container.Image.FullName} {container.Name}\n{said}{complained}";
    }

    /// <summary>Waits for the end of the program.</summary>
    /// <returns>Its exit code.</returns>
    public async Task<long> ExitAsync(CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(Limit);
        return (await engine.Containers.WaitContainerAsync(container.Id, limit.Token)).StatusCode;
    }

    /// <summary>Ends it as a power cut does: SIGKILL, nothing is put in order.</summary>
    public async Task KillAsync(CancellationToken stop)
    {
        await engine.Containers.KillContainerAsync(container.Id, new ContainerKillParameters { Signal = "KILL" }, stop);
        await engine.Containers.WaitContainerAsync(container.Id, stop);
    }

    /// <summary>Starts it again, with the files it has.</summary>
    public Task StartAgainAsync(CancellationToken stop) => engine.Containers.StartContainerAsync(container.Id, new ContainerStartParameters(), stop);

    /// <summary>Freezes it. On a busy machine older runtimes give up before every process is frozen, and are asked again.</summary>
    public async Task PauseAsync(CancellationToken stop)
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

    public Task UnpauseAsync(CancellationToken stop) => container.UnpauseAsync(stop);

    /// <summary>Pulls the cable: no packet comes or goes, and nobody is told.</summary>
    public Task CutAsync(CancellationToken stop) =>
        engine.Networks.DisconnectNetworkAsync(network.Name, new NetworkDisconnectParameters { Container = container.Id, Force = true }, stop);

    public Task HealAsync(CancellationToken stop) =>
        engine.Networks.ConnectNetworkAsync(network.Name, new NetworkConnectParameters { Container = container.Id }, stop);

    public ValueTask DisposeAsync() => container.DisposeAsync();
}

using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Connection;
using EdgeFlora.EdgeAgent.Resilience;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>Changes the password of an agent that works, by itself or at the service's wish.</summary>
internal sealed class PasswordRotation : IDisposable
{
    private readonly AgentConnection connection;
    private readonly ILogger log;
    private readonly CredentialRequests requests;
    private readonly RotationLoop loop;

    /// <param name="installation">Of the state folder.</param>
    /// <param name="isJoined">Whether there is a service that would answer.</param>
    public PasswordRotation(
        RotationSettings settings, string stateFolder, Guid installation, AgentConnection connection, Func<bool> isJoined, TimeProvider clock,
        ILogger log)
    {
        (this.connection, this.log) = (connection, log);
        requests = new CredentialRequests(
            installation, (kind, content) => connection.Header(kind, content), () => connection.Queue, SendAsync, clock);
        var files = new CredentialFiles(stateFolder, clock);
        loop = new RotationLoop(
            settings.Age, installation, files, new CredentialRotation(files, settings.LogIn), requests, isJoined, clock, log);
    }

    /// <summary>The service says something about a wish for another password.</summary>
    public void Answered(CredentialAnswer answer) => requests.Answered(answer);

    /// <inheritdoc cref="RotationLoop.Want"/>
    public void Want() => loop.Want();

    public Task RunAsync(CancellationToken stop) => loop.RunAsync(stop);

    public void Dispose() => loop.Dispose();

    private async Task<bool> SendAsync(CredentialChange change, CancellationToken stop)
    {
        try
        {
            await connection.SendOnceAsync(Queues.Fleet, change, change.Header, stop, CredentialRequests.Patience);
            return true;
        }
        catch (Exception failure) when (AgentPipelines.IsTransient(failure, stop))
        {
            log.TransientLost(Queues.Fleet, failure.Message);
            return false;
        }
    }
}

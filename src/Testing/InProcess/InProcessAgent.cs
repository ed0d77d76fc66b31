using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Testing.InProcess;

/// <summary>An agent as a task of this process, with the portable engine.</summary>
/// <param name="trouble">Told when it ends by itself.</param>
internal sealed class InProcessAgent(MemberConnectionFactory connections, AgentOptions options, BaseModel model, Action<Exception> trouble)
    : InProcessMember(connections)
{
    private EdgeAgentService? service;

    protected override Task Begin(MessageBus bus)
    {
        service = new EdgeAgentService(bus, options, model, new PortableEngine(), TimeProvider.System, NullLoggerFactory.Instance);
        return WorkAsync(service);
    }

    protected override async Task DieAsync()
    {
        if (Interlocked.Exchange(ref service, null) is { } dying)
        {
            await dying.DisposeAsync();
        }
    }

    private async Task WorkAsync(EdgeAgentService working)
    {
        try
        {
            await working.RunAsync(CancellationToken.None);
        }
#pragma warning disable CA1031 // The outermost frame of an agent: whoever waits for the run is told.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            trouble(new FederationFailedException($"Agent '{options.Name}' has ended: {failure.Message}", failure));
        }
    }
}

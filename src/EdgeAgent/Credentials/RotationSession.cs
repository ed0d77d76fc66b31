using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Resilience;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.EdgeAgent.Credentials;

/// <summary>
/// Changes an agent's password once, over a connection and a queue of its own: the agent may be at work meanwhile, and reads its password's file
/// whenever it connects.
/// </summary>
internal static class RotationSession
{
    private static readonly TimeSpan SendPatience = TimeSpan.FromSeconds(30);

    /// <summary>For what is put away at the end, which the broker may do without.</summary>
    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(10);

    /// <param name="stateFolder">Of an agent that is enrolled.</param>
    /// <param name="said">Gets a line about what could not be put away.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    /// <exception cref="BrokerUnreachableException">The broker is not reached, or accepts the agent no longer.</exception>
    public static async Task<RotationOutcome> RunAsync(string stateFolder, Action<string> said, TimeProvider clock, CancellationToken stop)
    {
        StoredEnrolment enrolment = StoredEnrolment.Read(stateFolder)
            ?? throw new InvalidDataException(
                $"'{stateFolder}' is the state folder of no enrolled agent; enrol it: edgeflora agent enroll URL --token TOKEN");
        Guid installation = AgentStateFolder.InstallationOf(stateFolder)
            ?? throw new InvalidDataException($"'{stateFolder}' has no agent.json that says which installation it is; enrol the agent again");
        if (enrolment.Certificate is { } certificate)
        {
            throw new InvalidDataException(
                $"agent '{enrolment.Agent}' has no password: it proves itself by '{certificate}'; have its authority renew that, and start the agent "
                    + "again");
        }

        BrokerOptions broker = enrolment.BrokerIn(stateFolder);
        var files = new CredentialFiles(stateFolder, clock);
        var rotation = new CredentialRotation(
            files, (file, ending) => BrokerLogin.IsAcceptedAsync(broker with { PasswordFile = file }, clock, ending));
        await rotation.RecoverIfRefusedAsync(StoredEnrolment.PasswordFileIn(stateFolder), stop);
        return await AskAsync(enrolment.Agent, installation, broker, rotation, said, clock, stop);
    }

    /// <summary>Asks, and then puts away what was needed for that; a failure of the latter never takes the place of the outcome.</summary>
    /// <param name="putAway">What is done at the end, each by itself.</param>
    internal static async Task<RotationOutcome> AskAsync(
        Func<Task<RotationOutcome>> ask, Func<CancellationToken, Task>[] putAway, Action<string> said, TimeProvider clock)
    {
        try
        {
            return await ask();
        }
        finally
        {
            foreach (Func<CancellationToken, Task> part in putAway)
            {
                // Not by the caller's token: whoever stops the change leaves nothing at the broker either.
                using var limit = new CancellationTokenSource(Farewell, clock);
                try
                {
                    await part(limit.Token);
                }
#pragma warning disable CA1031 // Whatever it is: what the caller must know is which password counts.
                catch (Exception failure)
#pragma warning restore CA1031
                {
                    said($"the queue for the answer may still be at the broker, which removes it after 7 days: {failure.Message}");
                }
            }
        }
    }

    private static async Task<RotationOutcome> AskAsync(
        string agent, Guid installation, BrokerOptions broker, CredentialRotation rotation, Action<string> said, TimeProvider clock,
        CancellationToken stop)
    {
#pragma warning disable RS0030 // A process is told from every other by this id alone.
        var boot = Guid.NewGuid();
#pragma warning restore RS0030
        string queue = $"{Queues.Agent(agent)}.{boot.ToString("N")[..8]}";
        var stamp = new MessageStamp(boot, clock);
        MessageBus bus = await BusFactory.StartAsync(broker, clock, loggers: null, stop);
        return await AskAsync(
            RotateAsync,
            [_ => BusFactory.StopAsync(bus), ending => new QueueRemoval(broker, clock, withFaults: false).RemoveAsync([queue], ending)],
            said,
            clock);

        async Task<RotationOutcome> RotateAsync()
        {
            var courier = new Courier(bus, clock, SendPatience, new SendingUser(AgentUser.Of(agent), Queues.AgentUp(agent)));
            var requests = new CredentialRequests(
                installation, (kind, content) => stamp.About(kind, agent, content: content), () => queue, SendAsync, clock);
            QueueConsumer answers = bus.ConnectQueue(queue, QueueKind.AgentControl, endpoint => endpoint.Handler<CredentialAnswer>(context =>
            {
                requests.Answered(context.Message);
                return Task.CompletedTask;
            }));
            await answers.Ready.WaitAsync(SendPatience, clock, stop);
            return await rotation.RotateAsync(requests.AskAsync, stop);

            async Task<bool> SendAsync(CredentialChange change, CancellationToken ending)
            {
                try
                {
                    await courier.SendAsync(Queues.Fleet, change, change.Header, CredentialRequests.Patience, ending);
                    return true;
                }
                catch (Exception failure) when (AgentPipelines.IsTransient(failure, ending))
                {
                    return false;
                }
            }
        }
    }
}

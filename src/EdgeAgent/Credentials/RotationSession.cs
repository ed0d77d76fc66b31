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

    /// <param name="stateFolder">Of an agent that is enrolled.</param>
    /// <exception cref="InvalidDataException">It is none.</exception>
    /// <exception cref="BrokerUnreachableException">The broker is not reached, or accepts the agent no longer.</exception>
    public static async Task<RotationOutcome> RunAsync(string stateFolder, TimeProvider clock, CancellationToken stop)
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
        return await AskAsync(enrolment.Agent, installation, broker, rotation, clock, stop);
    }

    private static async Task<RotationOutcome> AskAsync(
        string agent, Guid installation, BrokerOptions broker, CredentialRotation rotation, TimeProvider clock, CancellationToken stop)
    {
#pragma warning disable RS0030 // A process is told from every other by this id alone.
        var boot = Guid.NewGuid();
#pragma warning restore RS0030
        string queue = $"{Queues.Agent(agent)}.{boot.ToString("N")[..8]}";
        var stamp = new MessageStamp(boot, clock);
        MessageBus bus = await BusFactory.StartAsync(broker, clock, loggers: null, stop);
        try
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
            RotationOutcome outcome = await rotation.RotateAsync(requests.AskAsync, stop);
            await answers.StopAsync(stop);
            return outcome;

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
        finally
        {
            await BusFactory.StopAsync(bus);
            await new QueueRemoval(broker, clock, withFaults: false).RemoveAsync([queue], stop);
        }
    }
}

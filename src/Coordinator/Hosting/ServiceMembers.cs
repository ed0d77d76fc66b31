using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Fleet;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Coordinator.Runs;
using EdgeFlora.Coordinator.Store;
using EdgeFlora.Transport.Stamps;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Who belongs to a service: its fleet, what proves its agents, and their users at the broker.</summary>
internal sealed class ServiceMembers : IDisposable
{
    /// <summary>Brings all that were there back.</summary>
    /// <param name="send">Takes a message on its way out; does not wait.</param>
    public ServiceMembers(ServiceStore store, CoordinatorHostOptions options, Action<Outgoing> send, TimeProvider time, ILogger log)
    {
        var stamp = new MessageStamp(RunFacts.BootOf(store.Id, store.Term), time);
        Enrolment = new AgentEnrolment(new EnrolmentRegistry(store), new AgentTokenRegistry(store, time), options.Enrolment, time, log);
        Senders = new SenderCheck(log, Enrolment.Agents, Enrolment.IsRequired);
        Credentials = new CredentialChanges(
            Enrolment, Senders, send, (kind, agent) => stamp.About(kind, agent, store.Id, term: store.Term), time, log);
        Users = new UserRestoration(Enrolment, options.Enrolment, time, log);
        Fleet = new FleetRegistry(store, send, options.Heartbeat, stamp, Senders, time, log);
        Fleet.Hooks.EnrolmentLabels = name => Enrolment.Agents.Find(name) is { IsActive: true, Labels: var labels }
            ? labels
            : new Dictionary<string, string>();
        Fleet.Hooks.ConnectionLost = _ => Users.Ask();
        Fleet.Load();
    }

    public FleetRegistry Fleet { get; }

    /// <summary>Lets devices become agents.</summary>
    public AgentEnrolment Enrolment { get; }

    /// <summary>Whether a message is from whom it says.</summary>
    public SenderCheck Senders { get; }

    /// <summary>Gives agents other passwords.</summary>
    public CredentialChanges Credentials { get; }

    /// <summary>Makes users again that the broker has lost.</summary>
    public UserRestoration Users { get; }

    public void Dispose() => Enrolment.Dispose();
}

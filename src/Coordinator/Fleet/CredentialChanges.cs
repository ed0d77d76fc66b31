using System.Data.Common;
using System.Threading.Channels;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Enrolment;
using EdgeFlora.Coordinator.Messages;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Protocol.Messages;
using EdgeFlora.Transport.Users;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Fleet;

/// <summary>
/// Takes agents' wishes for other passwords to the broker, one after another, apart from the fleet's queue: the broker may take seconds.
/// </summary>
/// <param name="send">Takes an answer on its way out; does not wait.</param>
/// <param name="header">Makes the header of a message to an agent, of a kind, in the service's name.</param>
internal sealed class CredentialChanges(
    AgentEnrolment enrolment, SenderCheck senders, Action<Outgoing> send, Func<string, string, MessageHeader> header, TimeProvider time, ILogger log)
{
    /// <summary>Wishes that wait; what is more is dropped, and asked for again.</summary>
    private const int MaxWaiting = 1000;

    /// <summary>Between two changes of one agent's password.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Channel<CredentialChange> waiting =
        Channel.CreateBounded<CredentialChange>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly Dictionary<string, (string Hash, long At)> last = new(StringComparer.Ordinal);

    /// <param name="user">The broker's user that it is from.</param>
    public void Take(CredentialChange message, string? user)
    {
        if (!MessageCheck.IsWhole(message))
        {
            log.MessageDropped(nameof(CredentialChange));
        }
        else if (senders.Passes(nameof(CredentialChange), message.Header.AgentId, user)
            && user == AgentUser.Of(message.Header.AgentId)
            && Admission.IsAddressable(message.Header.AgentId, message.ReplyQueue))
        {
            waiting.Writer.TryWrite(message);
        }
    }

    /// <summary>An agent is there: tells it if an operator wants its password changed.</summary>
    public void Greeted(FleetAgent agent)
    {
        if (!agent.Left && enrolment.Agents.Find(agent.Name) is { IsActive: true, RotationWanted: true })
        {
            MessageHeader about = header(nameof(CredentialWanted), agent.Name);
            send(Outgoing.To(agent.Hello.ReplyQueue, new CredentialWanted { Header = about }, about));
        }
    }

    /// <summary>Works until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            await foreach (CredentialChange change in waiting.Reader.ReadAllAsync(stop))
            {
                await ChangeAsync(change, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>The same wish again is answered again; another one too soon is not heard.</summary>
    private async Task ChangeAsync(CredentialChange change, CancellationToken stop)
    {
        string agent = change.Header.AgentId;
        if (last.TryGetValue(agent, out (string Hash, long At) before)
            && before.Hash != change.PasswordHash
            && time.GetElapsedTime(before.At) < Pause)
        {
            return;
        }

        last[agent] = (change.PasswordHash, time.GetTimestamp());
        try
        {
            string? refusal = await enrolment.ChangePasswordAsync(agent, change.Installation, change.PasswordHash, stop);
            MessageHeader about = header(nameof(CredentialAnswer), agent);
            send(Outgoing.To(
                change.ReplyQueue, new CredentialAnswer { Header = about, PasswordHash = change.PasswordHash, Refusal = refusal }, about));
        }
        catch (Exception failure) when (failure is BrokerUsersException or DbException)
        {
            // Not answered: the agent asks again. If the store is gone for good, others say so and end the service.
            log.PasswordNotChanged(agent, failure.Message);
        }
    }
}

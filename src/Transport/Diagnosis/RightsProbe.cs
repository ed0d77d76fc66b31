using System.Security.Cryptography;
using EdgeFlora.Contracts;
using EdgeFlora.Transport.Buses;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Transport.Diagnosis;

/// <summary>Tries what an agent's user must be able to do at the broker, and what it must not.</summary>
/// <remarks>
/// Nothing that others use is touched: what must work is tried on a queue made for it, and what must be refused on names that nobody has, of which
/// the broker looks at the right before it looks whether they exist.
/// </remarks>
public sealed class RightsProbe(BrokerOptions options, TimeProvider clock)
{
    private const int AccessRefused = 403;
    private const int NotFound = 404;

    /// <summary>Tries everything.</summary>
    /// <param name="isEnrolled">Whether the agent has a user and an exchange of its own.</param>
    /// <exception cref="Exception">Whatever RabbitMQ.Client throws where the broker is not reached.</exception>
    public async Task<IReadOnlyList<RightFinding>> TryAsync(string agent, bool isEnrolled, CancellationToken stop)
    {
        await using IConnection connection = await BrokerProbe.OpenAsync(options, "edgeflora-doctor", clock, stop);
        var findings = new List<RightFinding>();
        foreach ((string deed, Func<IChannel, Task> act) in Needed(connection, agent, isEnrolled, stop))
        {
            findings.Add(new RightFinding(deed, IsNeeded: true, await AnswerAsync(connection, act, stop)));
        }

        foreach ((string deed, Func<IChannel, Task> act) in Forbidden(Neighbour(agent), stop))
        {
            findings.Add(new RightFinding(deed, IsNeeded: false, await AnswerAsync(connection, act, stop)));
        }

        await connection.CloseAsync(stop);
        return findings;
    }

    /// <summary>An agent that nobody has, whose name begins with this one's: patterns of rights that end too early let it in.</summary>
    private static string Neighbour(string agent)
    {
        string end = $"-{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
        return agent[..Math.Min(agent.Length, WireLimits.MaxAgentIdLength - end.Length)] + end;
    }

    private static IEnumerable<(string Deed, Func<IChannel, Task> Act)> Needed(
        IConnection connection, string agent, bool isEnrolled, CancellationToken stop)
    {
        yield return ("declare, bind and delete a queue of its own", async _ =>
        {
            await using ScratchQueue queue = await ScratchQueue.MakeAsync(connection, agent, stop);
        }
        );
        yield return ("publish to a queue of its own and read it", async channel =>
        {
            await using ScratchQueue queue = await ScratchQueue.MakeAsync(connection, agent, stop);
            await PublishAsync(channel, queue.Name, "", stop);
            await channel.BasicGetAsync(queue.Name, autoAck: true, stop);
        }
        );
        if (isEnrolled)
        {
            // With a key that leads to no queue.
            yield return ($"publish to its exchange {Queues.AgentUp(agent)}", channel =>
                PublishAsync(channel, Queues.AgentUp(agent), "ef.doctor", stop));
        }
    }

    private static IEnumerable<(string Deed, Func<IChannel, Task> Act)> Forbidden(string other, CancellationToken stop)
    {
        string queue = Queues.Agent(other);
        string intake = Queues.RunIntake(Guid.CreateVersion7(DateTimeOffset.UnixEpoch));
        yield return ("read another agent's queue", channel => channel.BasicGetAsync(queue, autoAck: false, stop));
        yield return (
            "delete another agent's queue", channel => channel.QueueDeleteAsync(queue, ifUnused: true, ifEmpty: true, cancellationToken: stop));
        yield return ("publish to another agent's queue", channel => PublishAsync(channel, queue, "", stop));
        yield return ("publish through the default exchange", channel => PublishAsync(channel, "", queue, stop));
        yield return ("publish through the service's exchange", channel => PublishAsync(channel, Queues.Up, queue, stop));
        yield return ("read a run's intake", channel => channel.BasicGetAsync(intake, autoAck: false, stop));
        yield return ("publish to a run's intake", channel => PublishAsync(channel, intake, "", stop));
    }

    private static async Task PublishAsync(IChannel channel, string exchange, string key, CancellationToken stop) =>
        await channel.BasicPublishAsync(exchange, key, mandatory: true, ReadOnlyMemory<byte>.Empty, stop);

    private static async Task<RightAnswer> AnswerAsync(IConnection connection, Func<IChannel, Task> act, CancellationToken stop)
    {
        await using IChannel channel = await connection.CreateChannelAsync(
            new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop);
        try
        {
            await act(channel);
            return RightAnswer.Allowed;
        }
        catch (Exception refused) when ((Code(refused) ?? channel.CloseReason?.ReplyCode) is AccessRefused)
        {
            return RightAnswer.Refused;
        }
        catch (Exception absent) when ((Code(absent) ?? channel.CloseReason?.ReplyCode) is NotFound)
        {
            return RightAnswer.Absent;
        }
        catch (PublishException)
        {
            // It led nowhere, as it was meant to.
            return RightAnswer.Allowed;
        }
    }

    private static ushort? Code(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is OperationInterruptedException { ShutdownReason: { } reason })
            {
                return reason.ReplyCode;
            }
        }

        return null;
    }
}

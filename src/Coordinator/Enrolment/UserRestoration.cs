using System.Data.Common;
using System.Threading.Channels;
using EdgeFlora.Contracts;
using EdgeFlora.Transport.Users;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Enrolment;

/// <summary>
/// Makes agents' users again where the broker has lost them, with the passwords and rights that they had, ends those of revoked agents that it has
/// got back, and finishes changes of passwords that were cut off. Looks at the start, after each reconnect, when an agent's connection is gone, and
/// from time to time.
/// </summary>
/// <remarks>
/// This service alone gives agents their passwords. Where the broker has another than the service gave, one of the two was set back to an earlier
/// day: the service, if it knows that of itself, else the broker.
/// </remarks>
internal sealed class UserRestoration(AgentEnrolment enrolment, EnrolmentOptions options, TimeProvider time, ILogger log)
{
    /// <summary>Agents of one printed line.</summary>
    private const int AgentsOfLine = 50;

    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    /// <summary>Between one look and the next, whatever asks for it.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly Channel<bool> asked = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly HashSet<string> toldLost = new(StringComparer.Ordinal);
    private volatile bool isNew = true;
    private bool failed;

    /// <summary>
    /// Whether this service's own state was set back to an earlier day, until the broker's passwords have been taken for right once.
    /// </summary>
    public bool IsSetBack { get; set; }

    /// <summary>Asks for a look soon.</summary>
    /// <param name="connected">Whether the connection to the broker is a new one: it may have lost everything meanwhile.</param>
    public void Ask(bool connected = false)
    {
        isNew |= connected;
        asked.Writer.TryWrite(true);
    }

    /// <summary>Looks until stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                using (var either = CancellationTokenSource.CreateLinkedTokenSource(stop))
                {
                    await Task.WhenAny(asked.Reader.WaitToReadAsync(either.Token).AsTask(), Task.Delay(Interval, time, either.Token));
                    await either.CancelAsync();
                    stop.ThrowIfCancellationRequested();
                }

                asked.Reader.TryRead(out _);
                await LookAsync(stop);
                await Task.Delay(Pause, time, stop);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
    }

    /// <summary>Looks once, and makes what is missing.</summary>
    /// <exception cref="BrokerUsersException">The ways of agents' messages could not be made at the start.</exception>
    public async Task StartAsync(CancellationToken stop)
    {
        bool lost = await LeadAsync(stop);
        await RestoreAsync(lost, stop);
    }

    /// <summary>Looks once; what fails is tried again at the next look.</summary>
    public async Task LookAsync(CancellationToken stop)
    {
        bool lost = false;
        if (isNew)
        {
            try
            {
                lost = await LeadAsync(stop);
            }
            catch (BrokerUsersException failure)
            {
                log.UsersNotLookedAt(failure.Message);
                return;
            }
        }

        await RestoreAsync(lost, stop);
    }

    /// <summary>Leads what agents send to the service, which a broker that has lost its definitions does no longer.</summary>
    /// <returns>Whether it had lost them.</returns>
    private async Task<bool> LeadAsync(CancellationToken stop)
    {
        isNew = false;
        bool lost = false;
        try
        {
            await enrolment.InTurnAsync(
                async () =>
                {
                    string[] active = [.. Active.Select(agent => agent.Name)];
                    if (active.Length > 0)
                    {
                        lost = !await options.HasRoute(active[0], stop);
                        await options.MakeRoutes(active, stop);
                    }
                },
                stop);
            return lost;
        }
        catch
        {
            isNew = true;
            throw;
        }
    }

    private IEnumerable<EnrolledAgent> Active => enrolment.Agents.All.Where(agent => agent.IsActive);

    /// <param name="lost">Whether the broker has lost its definitions, and with them its users.</param>
    private async Task RestoreAsync(bool lost, CancellationToken stop)
    {
        if (options.Users is not { } users)
        {
            if (lost)
            {
                TellCommands("this service has no broker.management");
            }

            return;
        }

        if (enrolment.Agents.All.Count == 0)
        {
            return;
        }

        try
        {
            await enrolment.InTurnAsync(() => CompareAsync(users, stop), stop);
            failed = false;
        }
        catch (Exception failure) when (failure is BrokerUsersException or DbException)
        {
            if (!failed)
            {
                log.UsersNotLookedAt(failure.Message);
            }

            failed = true;
            if (lost)
            {
                TellCommands(failure.Message.TrimEnd('.'));
            }
        }
    }

    private async Task CompareAsync(IBrokerUsers users, CancellationToken stop)
    {
        IReadOnlyList<BrokerUser> listed = await users.ListAsync(AgentUser.Prefix, stop);
        var there = listed.ToDictionary(user => user.Name, StringComparer.Ordinal);
        var restored = new List<string>();
        foreach (EnrolledAgent agent in enrolment.Agents.All)
        {
            BrokerUser? user = there.GetValueOrDefault(AgentUser.Of(agent.Name));
            if (agent.IsActive)
            {
                if (await RestoreAsync(agent, user, users, stop))
                {
                    restored.Add(agent.Name);
                }
            }
            else if (agent.State == EnrolmentState.Revoked && user?.Rights is not null)
            {
                // One that may enter this virtual host. Another service of this broker may have an agent of that name by now.
                await users.DeleteAsync(user.Name, stop);
                log.RevokedUserEnded(agent.Name);
            }
        }

        IsSetBack = false;
        if (restored.Count > 0)
        {
            log.UsersRestored(restored.Count, string.Join(", ", restored.Take(20)));
            options.Tell($"the broker had lost the users or rights of {restored.Count} agents ({string.Join(", ", restored.Take(20))}"
                + $"{(restored.Count > 20 ? ", …" : "")}); they are made again, with the passwords that they had");
        }
    }

    /// <param name="agent">As it is within this turn.</param>
    /// <returns>Whether the broker had lost its user, or had another.</returns>
    private async Task<bool> RestoreAsync(EnrolledAgent agent, BrokerUser? user, IBrokerUsers users, CancellationToken stop)
    {
        if (user is not null && IsSetBack && agent.NewestHash != user.PasswordHash)
        {
            enrolment.Agents.Save(agent = agent with { PasswordHash = user.PasswordHash, NextHash = null });
        }
        else if (user is not null && agent.PasswordHash is null)
        {
            enrolment.Agents.Save(agent = agent with { PasswordHash = user.PasswordHash });
        }

        if (agent.NewestHash is not { } hash)
        {
            TellUnknown(agent.Name);
            return false;
        }

        UserRights rights = UserRights.OfAgent(agent.Name);
        bool isWhole = user is { HasTags: false } && user.Rights == rights;
        if (!isWhole || user!.PasswordHash != hash)
        {
            await users.PutAsync(AgentUser.Of(agent.Name), hash, rights, stop);
        }

        if (agent.NextHash is not null)
        {
            enrolment.Agents.Save(agent.Changed());
            log.PasswordChanged(agent.Name);
        }

        return !isWhole || (user!.PasswordHash != hash && user.PasswordHash != agent.PasswordHash);
    }

    private void TellCommands(string why)
    {
        EnrolledAgent[] agents = [.. Active];
        log.UsersLost(agents.Length, why);
        options.Tell($"the broker has lost its definitions, and with them the users of {agents.Length} agents; {why}, "
            + "so whoever operates the broker runs:");
        foreach (EnrolledAgent[] some in agents.Where(agent => agent.NewestHash is not null).Chunk(AgentsOfLine))
        {
            options.Tell($"  {UserCommands.ForAll([.. some.Select(agent => (agent.Name, agent.NewestHash!))], options.VirtualHost)}");
        }

        foreach (EnrolledAgent unknown in agents.Where(agent => agent.NewestHash is null))
        {
            TellUnknown(unknown.Name);
        }
    }

    /// <summary>Once for each: an earlier version enrolled it and kept nothing, and the broker has nothing any more.</summary>
    private void TellUnknown(string agent)
    {
        if (toldLost.Add(agent))
        {
            options.Tell($"the broker has lost the user of agent '{agent}', whose password's hash is not known here; "
                + $"give it another: edgeflora agents rotate {agent}");
        }
    }
}

using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Protocol.Fleet;
using EdgeFlora.Transport.Users;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.Coordinator.Enrolment;

/// <summary>
/// Enrols devices with a token, and ends it. Each agent's user at the broker has rights over what bears the agent's name, and no others.
/// </summary>
internal sealed class AgentEnrolment(
    EnrolmentRegistry agents, AgentTokenRegistry tokens, EnrolmentOptions options, TimeProvider time, ILogger log) : IDisposable
{
    private const int MaxText = 100;

    private static readonly NewAgentToken Rotation = new() { LifetimeSeconds = 900, Uses = 1 };

    // Of two that enrol under one name at once, one comes first.
    private readonly SemaphoreSlim turn = new(1);

    /// <summary>Whether agents may be let in that are not enrolled.</summary>
    public bool IsRequired => options.Required;

    public EnrolmentRegistry Agents => agents;

    public AgentTokenRegistry Tokens => tokens;

    /// <summary>
    /// Does something while nobody else enrols, ends an enrolment or changes one. Whoever changes an agent's record reads it within the turn.
    /// </summary>
    public async Task InTurnAsync(Func<Task> act, CancellationToken stop)
    {
        await turn.WaitAsync(stop);
        try
        {
            await act();
        }
        finally
        {
            turn.Release();
        }
    }

    /// <exception cref="ServiceRefusedException">A value is not allowed, or agents cannot be enrolled here.</exception>
    public CreatedAgentToken CreateToken(NewAgentToken asked, string by)
    {
        RefuseWithoutBroker();
        return tokens.Create(asked, by);
    }

    /// <exception cref="ServiceRefusedException">There is no such agent.</exception>
    public CreatedAgentToken Rotate(string agent, string by) => tokens.Create(Rotation with { Agent = Enrolled(agent).Name }, by);

    /// <inheritdoc cref="IEnrolmentService.EnrolAsync"/>
    public async Task<EnrolmentAnswer> EnrolAsync(string? secret, EnrolmentRequest request, CancellationToken stop)
    {
        RefuseWithoutBroker();
        Check(request);
        AgentTokenSummary token = (secret is null ? null : tokens.Take(secret)) ?? throw new ServiceRefusedException(
            ProblemCode.Unauthorized,
            "this agent token does not count: it is wrong, used up or expired",
            "ask an operator for another: edgeflora tokens create --agent");
        bool done = false;
        await turn.WaitAsync(stop);
        try
        {
            EnrolledAgent enrolled = await EnrolAsync(token, request, stop);
            done = true;
            log.AgentEnrolled(enrolled.Name, token.Id, token.By);
            return Answer(enrolled, request.PasswordHash);
        }
        finally
        {
            turn.Release();
            if (!done)
            {
                tokens.GiveBack(token, secret!);
            }
        }
    }

    /// <summary>Gives an agent's user another password; what it has at the broker stays connected.</summary>
    /// <param name="installation">Of the state folder that asks.</param>
    /// <returns>Why not, in a sentence; null: the broker has it.</returns>
    /// <exception cref="BrokerUsersException">The broker did not do it; it may have the old one or the new one.</exception>
    public async Task<string?> ChangePasswordAsync(string name, Guid installation, string passwordHash, CancellationToken stop)
    {
        string? refusal = null;
        await InTurnAsync(
            async () =>
            {
                EnrolledAgent? agent = agents.Find(name);
                refusal = agent is not { IsActive: true } ? $"agent '{name}' is not enrolled here"
                    : agent.Installation != installation ? $"agent '{name}' was enrolled with another state folder than this one"
                    : WhyNoRotation(agent)
                    ?? (PasswordHash.IsOne(passwordHash) ? null : "the hash of the new password is none of RabbitMQ's");
                if (refusal is null && (agent!.PasswordHash != passwordHash || agent.NextHash is not null))
                {
                    // Noted first: the agent takes the new password once it counts at the broker, whether it is answered or not. Whatever ends
                    // this in between, UserRestoration finishes it.
                    agents.Save(agent = agent with { NextHash = passwordHash });
                    await options.Users!.PutAsync(AgentUser.Of(name), passwordHash, UserRights.OfAgent(name), stop);
                    agents.Save(agent.Changed());
                    log.PasswordChanged(name);
                }
            },
            stop);
        return refusal;
    }

    /// <summary>Notes that an agent shall change its password by itself.</summary>
    /// <exception cref="ServiceRefusedException">There is no such agent, or it can't.</exception>
    public Task WantRotationAsync(string name, CancellationToken stop) => InTurnAsync(
        () =>
        {
            EnrolledAgent agent = Enrolled(name);
            if (WhyNoRotation(agent) is { } why)
            {
                throw new ServiceRefusedException(ProblemCode.Conflict, $"'{name}' can't change its password by itself: {why}");
            }

            agents.Save(agent with { RotationWanted = true });
            return Task.CompletedTask;
        },
        stop);

    /// <summary>
    /// Ends an agent's enrolment: its user counts no longer from now on, and its connections are cut. A repeat tries again what failed.
    /// </summary>
    /// <exception cref="ServiceRefusedException">The broker could not be asked; the service itself heeds the user no longer.</exception>
    public Task RevokeAsync(string name, CancellationToken stop) =>
        InTurnAsync(() => agents.Find(name) is { } agent ? RevokeAsync(agent, stop) : Task.CompletedTask, stop);

    public void Dispose() => turn.Dispose();

    private async Task RevokeAsync(EnrolledAgent agent, CancellationToken stop)
    {
        string name = agent.Name;
        agents.Save(agent with { State = EnrolmentState.Revoked, NextHash = null });

        // One that was made for its next password would make it an agent again.
        tokens.RevokeOf(name);
        string user = AgentUser.Of(name);
        if (options.Users is null)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"'{name}' is revoked here, but its user at the broker stays until it is deleted there, for this service has no broker.management",
                $"run where the broker is: rabbitmqctl delete_user {user}");
        }

        try
        {
            await options.Users.DeleteAsync(user, stop);
            await options.RemoveRoutes(name, stop);
        }
        catch (BrokerUsersException failure)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"'{name}' is revoked here, but its user at the broker could not be deleted: {failure.Message}",
                $"revoke it again, or run where the broker is: rabbitmqctl delete_user {user}");
        }
    }

    private EnrolledAgent Enrolled(string name) => agents.Find(name) is { IsActive: true } agent
        ? agent
        : throw new ServiceRefusedException(
            ProblemCode.NotFound, $"no enrolled agent is named '{name}'", "enrol it: edgeflora tokens create --agent");

    private string? WhyNoRotation(EnrolledAgent agent) => agent.PasswordHash == PasswordHash.None
        ? "it has none, and proves itself by a certificate, which its authority renews"
        : options.Users is null ? $"this service has no broker.management; an operator runs edgeflora agents rotate {agent.Name}"
        : null;

    private async Task<EnrolledAgent> EnrolAsync(AgentTokenSummary token, EnrolmentRequest request, CancellationToken stop)
    {
        string name = request.Agent;
        EnrolledAgent? known = agents.Find(name);
        if (token.Agent is not null && token.Agent != name)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict, $"this token is for agent '{token.Agent}', not for '{name}'", $"enrol with --name {token.Agent}");
        }

        if (known is { IsActive: true } && token.Agent is null)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"an agent named '{name}' is enrolled already",
                $"choose another name, or for another password of that agent: edgeflora agents rotate {name}");
        }

        var agent = new EnrolledAgent
        {
            Name = name,
            Installation = request.InstallationId,
            EnrolledAt = time.GetUtcNow(),
            Labels = token.Labels.Count > 0 ? token.Labels : known?.Labels ?? token.Labels,
            Platform = request.Platform,
            Version = request.Version,
            PasswordHash = request.PasswordHash,
        };
        try
        {
            await MakeUserAsync(agent, known, request.PasswordHash, stop);
            await options.MakeRoutes([name], stop);
        }
        catch (BrokerUsersException failure)
        {
            throw new ServiceRefusedException(
                ProblemCode.Unavailable,
                $"the broker did not make the agent's user: {failure.Message}",
                "an operator has to see to it; the token can be used again");
        }

        agents.Save(agent = agent with { State = EnrolmentState.Active });
        return agent;
    }

    /// <summary>Users belong to the whole broker: one that another service or somebody by hand has made is not taken over.</summary>
    private async Task MakeUserAsync(EnrolledAgent agent, EnrolledAgent? known, string passwordHash, CancellationToken stop)
    {
        if (options.Users is not { } users)
        {
            return;
        }

        string user = AgentUser.Of(agent.Name);
        if (known is null && await users.ExistsAsync(user, stop))
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                $"the broker has a user '{user}' that this service has not made",
                $"choose another name for the agent, or delete that user: rabbitmqctl delete_user {user}");
        }

        if (known is null)
        {
            // First here, so that a service that ends now knows the user for its own. One that is at work keeps its place while its password changes.
            agents.Save(agent);
        }

        await users.PutAsync(user, passwordHash, UserRights.OfAgent(agent.Name), stop);
    }

    private EnrolmentAnswer Answer(EnrolledAgent agent, string passwordHash) => new()
    {
        Agent = agent.Name,
        Broker = new UriBuilder(options.Broker!) { UserName = AgentUser.Of(agent.Name) }.Uri.AbsoluteUri,
        BrokerCa = options.BrokerCa,
        BrokerServerName = options.BrokerServerName,
        Labels = agent.Labels,
        Commands = options.Users is null ? [.. UserCommands.For(agent.Name, passwordHash, options.VirtualHost)] : [],
    };

    private void RefuseWithoutBroker()
    {
        if (options.Broker is null)
        {
            throw new ServiceRefusedException(
                ProblemCode.Conflict,
                "agents of this service share its process, so that none can be enrolled",
                "start the service with a broker: --broker");
        }
    }

    private static void Check(EnrolmentRequest request)
    {
        string? wrong = !Admission.IsName(request.Agent) ? "agent must be 1 … 64 of the characters a-z, 0-9 and -"
            : request.PasswordHash != PasswordHash.None && !PasswordHash.IsOne(request.PasswordHash)
                ? "passwordHash must be base64 of a salt of 4 bytes and a SHA-256"
            : request.InstallationId == Guid.Empty ? "installationId must be a random UUID"
            : request.Platform is not { Length: <= MaxText } || request.Version is not { Length: <= MaxText }
                ? $"platform and version must be texts of at most {MaxText} characters"
            : null;
        if (wrong is not null)
        {
            throw new ServiceRefusedException(ProblemCode.InvalidInput, wrong);
        }
    }
}

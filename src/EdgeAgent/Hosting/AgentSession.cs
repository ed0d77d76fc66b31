using EdgeFlora.Adapters;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Availability;
using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Engines;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Models;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging;

namespace EdgeFlora.EdgeAgent.Hosting;

/// <summary>
/// One agent from its settings to its end: checks, state folder, models, measuring, connection, work. What <c>edgeflora agent</c> and an agent within
/// a product have in common; nothing here concerns the process.
/// </summary>
internal sealed class AgentSession : IDisposable
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(200);

    /// <summary>A coordinator that is there and wants this agent answers within a second or two.</summary>
    private static readonly TimeSpan UsualAnswer = TimeSpan.FromSeconds(10);

    /// <summary>A service that has seen that the broker lost its users makes them again within a minute or two.</summary>
    private static readonly TimeSpan LoginGrace = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan LoginPause = TimeSpan.FromSeconds(2);

    private readonly ConfiguredAgent settings;
    private readonly AgentTrainer trainer;
    private readonly AgentStateFolder state;
    private readonly LocalModels models;
    private readonly BaseModel model;
    private readonly SystemConditions conditions;
    private readonly TimeProvider clock;

    private AgentSession(
        ConfiguredAgent settings,
        AgentTrainer trainer,
        AgentStateFolder state,
        LocalModels models,
        BaseModel model,
        SystemConditions conditions,
        TimeProvider clock)
    {
        this.settings = settings;
        this.trainer = trainer;
        this.state = state;
        this.models = models;
        this.model = model;
        this.conditions = conditions;
        this.clock = clock;
    }

    /// <summary>What was done so that others can't read the state folder, in a line; null: nothing.</summary>
    public string? Closed => state.Closed;

    /// <summary>Checks settings, data and device, and writes nothing.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A setting is not allowed.</exception>
    /// <exception cref="InvalidDataException">A data file is damaged; the message names file and line.</exception>
    /// <exception cref="AgentConfigurationException">This system does not tell what the owner's wishes depend on.</exception>
    public static void Check(ConfiguredAgent settings, TimeProvider clock)
    {
        AgentInputs.Check(settings.Agent);
        CheckConditions(settings, new SystemConditions(clock));
    }

    /// <summary>Takes the state folder and finds the models, after <see cref="Check"/>.</summary>
    /// <exception cref="InvalidDataException">A model cannot be used, or the state folder is another's.</exception>
    /// <exception cref="EdgeFlora.Storage.FolderInUseException">Another process holds the state folder.</exception>
    public static async Task<AgentSession> OpenAsync(
        ConfiguredAgent settings, AgentTrainer trainer, TimeProvider clock, CancellationToken stop)
    {
        var state = AgentStateFolder.Open(settings.Agent);
        try
        {
            LocalModels models = await LocalModels.OpenAsync(
                settings.Agent.Models, settings.Storage, Path.Combine(settings.Agent.StateFolder, "models.json"), stop);
            BaseModel model = models.Load(models.FirstSha256);
            AgentInputs.CheckModel(settings.Agent, model);
            return new AgentSession(settings, trainer, state, models, model, new SystemConditions(clock), clock);
        }
        catch
        {
            state.Dispose();
            throw;
        }
    }

    /// <summary>Works until stopped, which is a graceful end.</summary>
    /// <exception cref="AgentRefusedException">The broker or the coordinator will not have this agent; the message says what would help.</exception>
    /// <exception cref="BrokerUnreachableException">The broker cannot be reached.</exception>
    public async Task RunAsync(ILoggerFactory loggers, IAgentObserver observer, CancellationToken stop)
    {
        DeviceProfile? device = trainer.Engine is { } engine && settings.MeasureDevice && settings.Agent.Role == AgentRole.Trainer
            ? Measure(engine, observer, stop)
            : null;
        RotationSettings? rotation = settings.PasswordAge is { } age
            ? new RotationSettings(age, (file, ending) => BrokerLogin.IsAcceptedAsync(settings.Broker with { PasswordFile = file }, clock, ending))
            : null;
        CredentialRotation? credentials =
            rotation is null ? null : new CredentialRotation(new CredentialFiles(settings.Agent.StateFolder, clock), rotation.LogIn);
        MessageBus bus = await ConnectAsync(loggers, observer, credentials, stop);
        IDisposable outages = bus.WatchOutages(clock, observer.Said);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(stop);
        try
        {
            await using var agent = new EdgeAgentService(
                bus, settings.Agent, models, trainer.Engine, clock, loggers, device, conditions, state, trainer.Own, rotation, observer.Terminal);
            observer.Began(trainer.Brief, agent.SpecialTokensAsText);
            using var watch = new LoginWatch(
                settings.Agent.IsEnrolled ? LoginGrace : TimeSpan.Zero,
                async refused => await IsAcceptedAsync(refused) || (credentials is not null && await credentials.RecoverAsync(refused)),
                agent.AttachAgainAsync,
                clock,
                observer.Said);
            using IDisposable logins = bus.WatchLogins(watch.Refused);
            Task running = agent.RunAsync(ending.Token);
            Task watching = WatchAsync(agent, running, observer);
            Task accepted = watch.RunAsync(ending.Token);
            Task first = await Task.WhenAny(running, accepted, watching);
            await ending.CancelAsync();

            // In good order first, whatever has failed: the agent says goodbye.
            await Task.WhenAll(running, accepted, watching).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await running;
            await watching;
            if (first == accepted && !stop.IsCancellationRequested)
            {
                await accepted;
                throw Unwelcome("The broker accepts this agent's user or its password no longer: it was revoked, or enrolled again elsewhere.");
            }
        }
        finally
        {
            outages.Dispose();
            await BusFactory.StopAsync(bus);
        }
    }

    public void Dispose() => state.Dispose();

    /// <summary>What the owner forbids must be told by the system, else the agent would never work.</summary>
    private static void CheckConditions(ConfiguredAgent settings, SystemConditions conditions)
    {
        List<string> mistakes = [];
        if (!settings.Agent.Allow.OnBattery && conditions.OnBattery is null)
        {
            mistakes.Add("allow.onBattery is no, but this system does not tell whether it runs on its battery; leave the setting out");
        }

        if (!settings.Agent.Allow.Metered && conditions.Metered is null)
        {
            mistakes.Add(
                "allow.metered is no, but this system does not tell whether its network is paid by volume (NetworkManager is asked); "
                    + "leave the setting out");
        }

        if (mistakes.Count > 0)
        {
            throw new AgentConfigurationException(mistakes);
        }
    }

    private Task<bool> IsAcceptedAsync(CancellationToken stop) => BrokerLogin.IsAcceptedAsync(settings.Broker, clock, stop);

    /// <summary>
    /// An enrolled agent that the broker refuses tries as long as for a broker that does not answer: its user may be made just now.
    /// </summary>
    private async Task<MessageBus> ConnectAsync(
        ILoggerFactory loggers, IAgentObserver observer, CredentialRotation? credentials, CancellationToken stop)
    {
        long began = clock.GetTimestamp();
        bool told = false;
        while (true)
        {
            try
            {
                return await BusFactory.StartAsync(settings.Broker, clock, loggers, stop);
            }
            catch (BrokerUnreachableException refused) when (refused.IsLogin)
            {
                if (!settings.Agent.IsEnrolled)
                {
                    throw Unwelcome($"{refused.Message} This agent is not enrolled.", refused);
                }

                if (credentials is not null && await credentials.RecoverAsync(stop))
                {
                    continue;
                }

                if (clock.GetElapsedTime(began) + LoginPause >= settings.Broker.ConnectTimeout)
                {
                    throw Unwelcome($"{refused.Message} The agent may have been revoked, or its user not been made at the broker yet.", refused);
                }

                if (!told)
                {
                    told = true;
                    observer.Said(FormattableString.Invariant(
                        $"the broker does not accept this agent's user; trying for {settings.Broker.ConnectTimeout.TotalSeconds:0} s"));
                }

                await Task.Delay(LoginPause, clock, stop);
            }
        }
    }

    /// <summary>What is wrong, and the command that helps.</summary>
    private AgentRefusedException Unwelcome(string sentence, Exception? cause = null) => new(
        RefusalCode.Unauthorized,
        $"{sentence} Enrol it, with a token that an operator makes (edgeflora tokens create --agent): edgeflora agent enroll URL --token TOKEN "
            + $"--name {settings.Agent.Name} --state '{settings.Agent.StateFolder}'",
        cause);

    /// <summary>What this device can train, as the state folder has it from an earlier start, or else measured now.</summary>
    private DeviceProfile? Measure(IEngine engine, IAgentObserver observer, CancellationToken stop)
    {
        if (MeasuredDevice.Known(settings, engine, model) is { } known)
        {
            return known;
        }

        try
        {
            observer.Said("measuring what this device can train, once");
            return MeasuredDevice.Measure(settings, engine, model, stop);
        }
        catch (AdapterFormatException unusual)
        {
            // Layers of no usual name: tasks name their own, so the agent works without figures.
            observer.Said($"not measured: {unusual.Message}");
            return null;
        }
    }

    /// <summary>Tells whenever the agent turns to something else, and if nobody answers for long.</summary>
    private async Task WatchAsync(EdgeAgentService agent, Task running, IAgentObserver observer)
    {
        (AgentPhase, int, bool, string?) shown = (AgentPhase.Stopped, -1, false, null);
        long began = clock.GetTimestamp();
        bool explained = false;
        while (!running.IsCompleted)
        {
            AgentState now = agent.State;
            string? fetches = now.Phase == AgentPhase.Fetching ? now.Reason : null;
            if ((now.Phase, now.Round, now.Joined, fetches) != shown)
            {
                shown = (now.Phase, now.Round, now.Joined, fetches);
                observer.Changed(now);
            }

            if (!now.Joined && !explained && clock.GetElapsedTime(began) > UsualAnswer)
            {
                explained = true;
                observer.Waits("no answer yet: no coordinator is at work at this broker; the agent waits for one");
            }

            await Task.WhenAny(running, Task.Delay(Look, clock));
        }
    }
}

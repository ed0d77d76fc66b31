using System.Globalization;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Data;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.EdgeAgent.Availability;

/// <summary>Holds tasks, and the hour and state of the device, against what the owner allows.</summary>
internal sealed class WorkPermit(AllowOptions allow, IDeviceConditions conditions, TimeProvider clock)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);

    /// <summary>Why the agent may not work now; null if it may.</summary>
    public Closure? Closed
    {
        get
        {
            DateTime local = clock.GetLocalNow().DateTime;
            if (!allow.Hours.Contains(local))
            {
                DateTime next = allow.Hours.NextBegin(local);
                return new Closure(
                    DeclineReason.Draining,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"its owner allows it to work only within allow.hours ({allow.Hours}); not before {next:ddd HH:mm} of its local time"),
                    next - local);
            }

            // What the system does not tell is taken for forbidden: the owner said no.
            if (!allow.OnBattery && conditions.OnBattery != false)
            {
                return new Closure(DeclineReason.Battery, "the device runs on its battery, which allow.onBattery forbids", null);
            }

            return !allow.Metered && conditions.Metered != false
                ? new Closure(DeclineReason.Draining, "the network is paid by volume, which allow.metered forbids", null)
                : null;
        }
    }

    /// <exception cref="DeclinedException">The owner does not allow the task, or does not allow work now; the message names the setting.</exception>
    public void Require(TaskOffer offer, PrivateData data)
    {
        if (!allow.Tasks.Contains(data.Task))
        {
            throw new DeclinedException(
                DeclineReason.NoData,
                $"The task is {data.Task.Name()}, "
                    + $"which the owner's allow.tasks leaves out: {string.Join(", ", allow.Tasks.Select(task => task.Name()))}.");
        }

        if (offer.ClassCounts && !allow.ClassCounts)
        {
            throw new DeclinedException(
                DeclineReason.NoData, "The task asks how many examples of each class there are, which the owner forbids (allow.classCounts).");
        }

        if (offer.BaseDelta is not null && allow.LocalModelsOnly)
        {
            throw new DeclinedException(
                DeclineReason.NoBase,
                "The task changes the base model's own weights by what the run sends, which the owner forbids (allow.localModelsOnly).");
        }

        if (Closed is { } closure)
        {
            throw new DeclinedException(closure.Reason, $"Not now: {closure.Text}.") { Retry = closure.Remaining };
        }
    }

    /// <summary>Returns when the agent may work. Blocks; called between steps of training.</summary>
    /// <param name="paused">Told once, before it waits.</param>
    public void Await(Action<Closure> paused, CancellationToken cancel)
    {
        for (bool told = false; Closed is { } closure; told = true)
        {
            if (!told)
            {
                paused(closure);
            }

            Task.Delay(Look, clock, cancel).GetAwaiter().GetResult();
        }
    }
}

using System.Collections.Immutable;
using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Specs;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Runs;

/// <summary>
/// All runs of the service, in memory and in the store. Thread-safe. Reading waits for no change: whoever changes an entry waits for the store, and a
/// run's loop reads with the store in its hands.
/// </summary>
internal sealed class RunCatalogue(ServiceStore store, string stateFolder, TimeProvider time)
{
    private readonly Lock gate = new();
    private volatile ImmutableSortedDictionary<Guid, RunEntry> entries = ImmutableSortedDictionary.Create<Guid, RunEntry>();

    /// <exception cref="StateFolderException">A run of an earlier build is not over.</exception>
    /// <param name="carriesOn">Whether the caller knows where the base model of such a run is, so that it can go on.</param>
    public void Load(bool carriesOn = false)
    {
        lock (gate)
        {
            foreach (StoredRun row in store.Runs())
            {
                if (!carriesOn && row.Entry is null && row.State == nameof(RunState.Running))
                {
                    throw new StateFolderException(
                        $"Store:StateFolder '{stateFolder}' holds run '{row.Name}', which an earlier version of EdgeFlora began and did not end. Let "
                        + $"'edgeflora coordinator' with the run's settings end it, or name another folder.");
                }

                RunEntry entry = row.Entry is null
                    ? Earlier(row)
                    : JsonSerializer.Deserialize<RunEntry>(row.Entry)!;
                Put(entry with
                {
                    Options = OptionsOf(row.Config, entry),
                    State = Enum.Parse<RunState>(row.State),
                    Reason = row.Detail,
                });
            }
        }
    }

    public IReadOnlyList<RunEntry> All() => [.. entries.Values];

    public RunEntry? Find(Guid run) => entries.GetValueOrDefault(run);

    /// <summary>Takes a run's settings as they are given now, where only what does not make it another run differs: folders, threads.</summary>
    public void Refresh(Guid run, CoordinatorOptions options)
    {
        lock (gate)
        {
            Put(entries[run] with { Options = options });
        }
    }

    /// <param name="answer">Makes the answer that is kept for repeats of the command; null: nothing is.</param>
    public void Add(RunEntry entry, Func<RunEntry, StoredCommand?>? answer = null)
    {
        lock (gate)
        {
            store.AddRun(
                new StoredRun(
                    entry.Id.ToString(), entry.Name, ConfigOf(entry.Options), entry.State.ToString(), entry.Reason, JsonSerializer.Serialize(entry)),
                answer?.Invoke(entry));
            Put(entry);
        }
    }

    /// <summary>A run's loop has stored another state.</summary>
    public RunEntry? StateStored(Guid run, RunState state, string? reason, string? by = null)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(run, out RunEntry? before))
            {
                return null;
            }

            RunEntry after = Moved(before, state, reason, by);
            store.SaveEntry(run.ToString(), JsonSerializer.Serialize(after), command: null);
            Put(after);
            return after;
        }
    }

    /// <summary>Gives a run that no loop leads another state.</summary>
    public RunEntry? SetState(Guid run, RunState state, string? reason, string? by, StoredCommand? command)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(run, out RunEntry? before))
            {
                return null;
            }

            RunEntry after = Moved(before, state, reason, by);
            store.SaveState(run.ToString(), state.ToString(), reason, JsonSerializer.Serialize(after), command);
            Put(after);
            return after;
        }
    }

    public RunEntry? Change(Guid run, Func<RunEntry, RunEntry> change, StoredCommand? command)
    {
        lock (gate)
        {
            if (!entries.TryGetValue(run, out RunEntry? before))
            {
                return null;
            }

            RunEntry after = change(before);
            store.SaveConfig(run.ToString(), ConfigOf(after.Options), JsonSerializer.Serialize(after), command);
            Put(after);
            return after;
        }
    }

    /// <summary>Counts rounds that a restored service does not know of; the run may be led from then on.</summary>
    /// <param name="abandoned">A round that may be one of them and is given up.</param>
    public void SettleSpent(Guid run, int spent, int? abandoned)
    {
        lock (gate)
        {
            if (!entries[run].SpentUnknown)
            {
                return;
            }

            RunEntry after = entries[run] with { SpentUnknown = false, AbandonedRound = abandoned };
            store.AddSpentRounds(run.ToString(), spent, JsonSerializer.Serialize(after));
            Put(after);
        }
    }

    public void Remove(Guid run, StoredCommand? command)
    {
        lock (gate)
        {
            store.DeleteRun(run.ToString(), command);
            entries = entries.Remove(run);
        }
    }

    private void Put(RunEntry entry) => entries = entries.SetItem(entry.Id, entry);

    private RunEntry Moved(RunEntry before, RunState state, string? reason, string? by)
    {
        DateTimeOffset now = time.GetUtcNow();
        RunEntry after = before with { State = state, Reason = reason };
        return after with
        {
            StartedAt = before.StartedAt ?? (state == RunState.Running ? now : null),
            EndedAt = after.IsOver ? before.EndedAt ?? now : null,
            History = before.State == state && before.Reason == reason
                ? before.History
                : [.. before.History, new StateChange(now, state, reason, by)],
        };
    }

    private static RunEntry Earlier(StoredRun row) => new()
    {
        Id = Guid.Parse(row.Run),
        SubmittedAt = DateTimeOffset.UnixEpoch,
        StartedAt = DateTimeOffset.UnixEpoch,
        IsOfEarlierBuild = true,
        Retention = new RunRetention { Models = int.MaxValue },
        Spec = System.Text.Json.Nodes.JsonNode.Parse(row.Config)!.AsObject(),
    };

    private static string ConfigOf(CoordinatorOptions options) => JsonSerializer.Serialize(options);

    private CoordinatorOptions OptionsOf(string config, RunEntry entry)
    {
        System.Text.Json.Nodes.JsonObject settings = System.Text.Json.Nodes.JsonNode.Parse(config)!.AsObject();
        settings[nameof(CoordinatorOptions.BaseModelFolder)] ??= entry.ModelFolder;
        settings[nameof(CoordinatorOptions.Store)] = JsonSerializer.SerializeToNode(new StoreOptions { StateFolder = stateFolder });
        return settings.Deserialize<CoordinatorOptions>()!;
    }
}

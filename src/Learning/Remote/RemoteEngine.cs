using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>An engine in processes of its own, one for each training: whatever native code does to it, the caller lives, and its end hands all memory back.</summary>
/// <remarks>Calls throw <see cref="EngineLostException"/> when the process is gone; a new training may then go on from the last checkpoint.</remarks>
public sealed class RemoteEngine : IEngine
{
    /// <summary>How long a worker may take over one answer: the first one includes loading the model, and a step of a large model on a small device takes minutes.</summary>
    public static readonly TimeSpan DefaultPatience = TimeSpan.FromMinutes(10);

    private readonly IWorkerProgram program;
    private readonly TimeSpan patience;
    private readonly TimeProvider clock;

    private RemoteEngine(IWorkerProgram program, EngineProbe probe, TimeSpan patience, TimeProvider clock)
    {
        this.program = program;
        this.patience = patience;
        this.clock = clock;
        Probe = probe;
    }

    /// <summary>What the worker found on this machine.</summary>
    public EngineProbe Probe { get; }

    public string Name => Probe.Engine;

    public string Device => $"{Probe.Detail}, in a process of its own";

    public long MemoryBytes => Probe.MemoryBytes;

    /// <summary>Starts a worker to see whether its engine can be used, and ends it again.</summary>
    /// <exception cref="EngineUnavailableException">It cannot; the message says why and what would help.</exception>
    public static RemoteEngine Open(IWorkerProgram program, TimeSpan patience, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(clock);
        try
        {
            using var session = new WorkerSession(program, threads: 1, patience, clock);
            return Fault(session.Hello) is { } fault
                ? throw new EngineUnavailableException(fault)
                : new RemoteEngine(program, session.Hello, patience, clock);
        }
        catch (EngineLostException lost)
        {
            throw new EngineUnavailableException(lost.Message, lost);
        }
    }

    public IFineTuning Start(BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        byte[] request = Request(model, adapter, labels, training, plan);
        var session = new WorkerSession(program, plan.Threads, patience, clock);
        try
        {
            if (Fault(session.Hello) is { } fault)
            {
                throw new EngineLostException($"The training process can no longer be used: {fault}");
            }

            session.Ask(FrameKind.Start, request, "while it loaded the model");
            return new RemoteFineTuning(session, labels.Count);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    /// <summary>Why a worker cannot be used; null if it can.</summary>
    private static string? Fault(EngineProbe hello) => hello switch
    {
        // Older sources would pass over what they do not know: settings of a plan, a part of an adapter.
        _ when hello.Build != EngineProbe.ThisBuild => $"the program of the engine {hello.Engine} was built from other sources than this one; build it again",
        { Usable: false } => hello.Detail,
        _ => null,
    };

    private static byte[] Request(BaseModel model, LoraAdapter adapter, IReadOnlyList<string> labels, IReadOnlyList<Example> training, TrainingPlan plan)
    {
        var start = new StartRequest
        {
            ModelFolder = Path.GetFullPath(model.Folder),
            ModelSha256 = model.Sha256,
            DeltaFile = model.DeltaFile is null ? null : Path.GetFullPath(model.DeltaFile),
            DeltaSha256 = model.DeltaSha256,
            Labels = labels,
            Examples = training,
            Plan = plan,
        };
        try
        {
            return start.ToBytes(adapter);
        }
        catch (AdapterFormatException broken)
        {
            throw new ArgumentException(broken.Message, nameof(adapter), broken);
        }
    }
}

using EdgeFlora.Adapters;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Remote;

/// <summary>
/// An engine in processes of its own, one for each training: whatever native code does to it, the caller lives, and its end hands all memory back.
/// </summary>
/// <remarks>Calls throw <see cref="EngineLostException"/> when the process is gone; a new training may then go on from the last checkpoint.</remarks>
public sealed class RemoteEngine : IEngine
{
    /// <summary>
    /// How long a worker may take over one answer: the first one includes loading the model, and a step of a large model on a small device takes
    /// minutes.
    /// </summary>
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
        ArgumentNullException.ThrowIfNull(labels);
        ArgumentNullException.ThrowIfNull(training);
        return new RemoteFineTuning(Begin(model, adapter, plan, request => request with { Labels = labels, Examples = training }), labels.Count);
    }

    public ILanguageTuning StartLanguage(BaseModel model, LoraAdapter adapter, IReadOnlyList<LanguageSequence> training, TrainingPlan plan)
    {
        ArgumentNullException.ThrowIfNull(training);
        return new RemoteLanguageTuning(Begin(model, adapter, plan, request => request with { Texts = training }));
    }

    /// <summary>Why a worker cannot be used; null if it can.</summary>
    private static string? Fault(EngineProbe hello) => hello switch
    {
        // Older sources would pass over what they do not know: settings of a plan, a part of an adapter.
        _ when hello.Build != EngineProbe.ThisBuild =>
            $"the program of the engine {hello.Engine} was built from other sources than this one; build it again",
        { Usable: false } => hello.Detail,
        _ => null,
    };

    private WorkerSession Begin(BaseModel model, LoraAdapter adapter, TrainingPlan plan, Func<StartRequest, StartRequest> task)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(adapter);
        ArgumentNullException.ThrowIfNull(plan);
        plan.Validate();
        byte[] request = Bytes(() => task(StartRequest.Of(model, plan)), adapter);
        var session = new WorkerSession(program, plan.Threads, patience, clock);
        try
        {
            if (Fault(session.Hello) is { } fault)
            {
                throw new EngineLostException($"The training process can no longer be used: {fault}");
            }

            session.Ask(FrameKind.Start, request, "while it loaded the model");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static byte[] Bytes(Func<StartRequest> request, LoraAdapter adapter)
    {
        try
        {
            return request().ToBytes(adapter);
        }
        catch (AdapterFormatException broken)
        {
            throw new ArgumentException(broken.Message, nameof(adapter), broken);
        }
    }
}

using System.Runtime.InteropServices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Torch.Natives;
using EdgeFlora.Learning.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>Takes gradients with TorchSharp. What the loss is, a task says.</summary>
/// <remarks>
/// Every call opens a dispose scope, and all tensors but weights die with it: the garbage collector knows nothing of native memory. Values and
/// optimiser live on the host; the device gets a copy for each call, which for an adapter is small beside the step.
/// </remarks>
internal abstract class TorchTraining : AdapterTraining
{
    private readonly TrainedTensors trained;
    private readonly TorchWeights weights;
    private readonly float[] gradient;
    private readonly TokenBatch tokens = new();
    private long peakBytes;

    protected TorchTraining(TorchDevice device, TrainingStart start)
        : base(start, arithmetic: $"torch|{device.Kind}|{device.Compute}")
    {
        Device = device;
        trained = new TrainedTensors(Adapted.Trained, device.Device);
        weights = new TorchWeights(Adapted.Weights, trained, device);
        gradient = new float[Adapted.Trained.Length];
    }

    /// <summary>Of the whole device on CUDA, whose memory libtorch keeps once it has it.</summary>
    public override long PeakBytes => Device.Kind == "cuda" ? peakBytes : base.PeakBytes;

    protected TorchDevice Device { get; }

    protected override Span<float> Gradient => gradient;

    public override void Dispose()
    {
        weights.Dispose();
        trained.Dispose();
    }

    protected override double Differentiate() => Computing(() =>
    {
        double loss = 0;
        for (int first = 0; first < Batch.Length; first += Plan.BatchSize)
        {
            using DisposeScope scope = NewDisposeScope();
            Tensor part = Loss(new TorchOperations(weights, Device), tokens, first..Math.Min(first + Plan.BatchSize, Batch.Length));
            part.backward();
            loss += part.item<float>();
        }

        trained.Download(gradient);
        return loss;
    });

    /// <summary>Forward pass of part of the batch; the parts' losses sum to the mean loss of the batch.</summary>
    protected abstract Tensor Loss(TorchOperations operations, TokenBatch tokens, Range part);

    /// <summary>A forward pass without gradients on the weights as they stand; what is needed of it is copied out.</summary>
    protected T Infer<T>(Func<TorchOperations, TokenBatch, T> forward) => WithoutGradients((bound, batch) =>
    {
        using DisposeScope scope = NewDisposeScope();
        return forward(new TorchOperations(bound, Device), batch);
    });

    /// <summary>Any number of forward passes without gradients on the weights as they stand.</summary>
    protected T WithoutGradients<T>(Func<TorchWeights, TokenBatch, T> work) => Computing(() =>
    {
        using IDisposable _ = no_grad();
        return work(weights, tokens);
    });

    /// <summary>The values of a tensor, row by row.</summary>
    public static float[] Read(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.to(ScalarType.Float32).cpu().contiguous().bytes).ToArray();

    /// <summary>As the allocators of CUDA and of the processor put it.</summary>
    private static bool IsOutOfMemory(string message) =>
        message.Contains("out of memory", StringComparison.OrdinalIgnoreCase)
            || message.Contains("can't allocate memory", StringComparison.OrdinalIgnoreCase);

    private T Computing<T>(Func<T> work)
    {
        // OpenMP counts threads per calling thread, and calls may come from any.
        set_num_threads(Plan.Threads);
        try
        {
            trained.Upload(Adapted.Trained.Values);
            T result = work();
            peakBytes = Device.Kind == "cuda" ? Math.Max(peakBytes, CudaDriver.UsedBytes() ?? 0) : 0;
            return result;
        }
        catch (ExternalException error) when (IsOutOfMemory(error.Message))
        {
            throw new InsufficientMemoryException($"The device has not enough memory for batches of {Plan.BatchSize} with up to {Plan.MaxTokens} "
                + $"tokens: {error.Message.Split('\n', 2)[0]}", error);
        }
    }
}

using System.Runtime.InteropServices;
using EdgeFlora.Learning.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace EdgeFlora.Learning.Torch;

/// <summary>Finds the device TorchSharp would use and proves it with one matrix product.</summary>
/// <remarks>
/// The loader says nothing when managed and native parts do not pair up, and a system-wide libtorch can shadow the packaged one;
/// so what was loaded is named, and a product is compared with one computed here.
/// </remarks>
public static class TorchProbe
{
    // Each element sums 48 products of values below 1 in single precision, which rounds at 2⁻²⁴: 48 · 48 · 6e-8 < 2e-4.
    private const double Tolerance = 2e-4;

    /// <summary>Finds the device and multiplies [64×48] by [48×32] there.</summary>
    /// <param name="wanted"><c>auto</c> for the first there is of cuda, mps and cpu, or one of them.</param>
    public static EngineProbe Run(string wanted = TorchDevice.Auto)
    {
        try
        {
            var device = TorchDevice.Find(wanted);
            double error = ProductError(device.Device);
            string detail = $"{device.Kind}, TorchSharp {typeof(torch).Assembly.GetName().Version}, for libtorch {__version__}, {device.Detail}";
            return error <= Tolerance
                ? new EngineProbe("torch", Usable: true, detail) { Device = device.Kind, MemoryBytes = device.MemoryBytes }
                : new EngineProbe(
                    "torch", Usable: false, $"{detail}: a matrix product is off by {error:g3}; the native libraries are broken or mixed");
        }
        catch (EngineUnavailableException absent)
        {
            return new EngineProbe("torch", Usable: false, absent.Message);
        }
        catch (Exception error) when (error is DllNotFoundException or EntryPointNotFoundException or NotSupportedException
            or TypeInitializationException or ExternalException)
        {
            string said = (error.InnerException ?? error).Message.Split('\n', 2)[0].TrimEnd();
            return new EngineProbe(
                "torch",
                Usable: false,
                $"TorchSharp and its native libraries do not work together: {said}; install the torch engine again (edgeflora torch install)");
        }
    }

    /// <summary>Largest difference between the device's product and one computed in double precision here.</summary>
    private static double ProductError(Device device)
    {
        const int rows = 64, inner = 48, columns = 32;
        float[] left = [.. Enumerable.Range(0, rows * inner).Select(i => MathF.Sin(i))];
        float[] right = [.. Enumerable.Range(0, inner * columns).Select(i => MathF.Cos(i))];

        using DisposeScope scope = NewDisposeScope();
        Tensor product = mm(tensor(left, rows, inner).to(device), tensor(right, inner, columns).to(device)).cpu();
        float[] values = product.data<float>().ToArray();

        double worst = 0;
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                double expected = 0;
                for (int i = 0; i < inner; i++)
                {
                    expected += (double)left[(r * inner) + i] * right[(i * columns) + c];
                }

                worst = Math.Max(worst, Math.Abs(expected - values[(r * columns) + c]));
            }
        }

        return worst;
    }
}

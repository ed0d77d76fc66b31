using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Tests.Training;

public sealed class AdamWTests
{
    // A step is at most the rate; single precision rounds values of about 1 at 6e-8.
    private const double Tolerance = 1e-6;

    [Fact]
    public void Steps_follow_the_published_algorithm()
    {
        const double Rate = 0.01;
        const double Decay = 0.1;
        const float Scale = 0.5f;
        var weights = new TrainedWeights([("decays", 11, true), ("exempt", 3, false)]);
        double[] values = [.. Enumerable.Range(0, 14).Select(i => Math.Sin(i + 1))];
        for (int i = 0; i < values.Length; i++)
        {
            weights.Values[i] = (float)values[i];
        }

        double[] mean = new double[14];
        double[] square = new double[14];
        var optimiser = new AdamW(14);
        for (int step = 1; step <= 5; step++)
        {
            float[] gradient = [.. Enumerable.Range(0, 14).Select(i => (float)Math.Cos(i * step))];
            optimiser.Update(weights, gradient, step, Rate, Decay, Scale);

            for (int i = 0; i < 14; i++)
            {
                double g = Scale * gradient[i];
                mean[i] = (0.9 * mean[i]) + (0.1 * g);
                square[i] = (0.999 * square[i]) + (0.001 * g * g);
                double unbiasedMean = mean[i] / (1 - Math.Pow(0.9, step));
                double unbiasedSquare = square[i] / (1 - Math.Pow(0.999, step));
                values[i] -= Rate * ((unbiasedMean / (Math.Sqrt(unbiasedSquare) + 1e-8)) + (i < 11 ? Decay * values[i] : 0));
            }
        }

        for (int i = 0; i < 14; i++)
        {
            Assert.Equal(values[i], weights.Values[i], tolerance: Tolerance);
        }
    }
}

//! Plots of the examples, as SVG files.

use plotters::prelude::*;
use std::error::Error;
use std::path::Path;

const SIZE: (u32, u32) = (900, 540);

/// A curve: its name and its points.
pub type Curve = (String, Vec<(f64, f64)>);

/// Draws curves over one horizontal axis.
pub fn curves(path: &Path, title: &str, axes: (&str, &str), curves: &[Curve]) -> Result<(), Box<dyn Error>> {
    let points = || curves.iter().flat_map(|c| c.1.iter());
    let range = |values: &mut dyn Iterator<Item = f64>| {
        let (low, high) = values.fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(v), h.max(v)));
        let margin = 0.05 * (high - low).max(1e-12);
        (low - margin)..(high + margin)
    };
    let x = range(&mut points().map(|p| p.0));
    let y = range(&mut points().map(|p| p.1));
    let area = SVGBackend::new(path, SIZE).into_drawing_area();
    area.fill(&WHITE)?;
    let mut chart = ChartBuilder::on(&area)
        .caption(title, ("sans-serif", 22))
        .margin(14)
        .x_label_area_size(40)
        .y_label_area_size(64)
        .build_cartesian_2d(x, y)?;
    chart.configure_mesh().light_line_style(WHITE).x_desc(axes.0).y_desc(axes.1).draw()?;
    for (at, (name, points)) in curves.iter().enumerate() {
        let colour = Palette99::pick(at).mix(0.9);
        let line = colour.stroke_width(2);
        chart
            .draw_series(LineSeries::new(points.iter().copied(), line))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 18, y)], line));
    }
    chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    area.present()?;
    Ok(())
}

/// Draws a field on a grid, row by row, as coloured cells.
pub fn field(path: &Path, title: &str, columns: usize, values: &[f64]) -> Result<(), Box<dyn Error>> {
    let rows = values.len() / columns.max(1);
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let area = SVGBackend::new(path, (640, 640)).into_drawing_area();
    area.fill(&WHITE)?;
    let caption = format!("{title}: {low:.3} to {high:.3}");
    let mut chart = ChartBuilder::on(&area)
        .caption(caption, ("sans-serif", 20))
        .margin(14)
        .build_cartesian_2d(0..columns, 0..rows)?;
    let cells = values.iter().enumerate().map(|(at, value)| {
        let level = (value - low) / (high - low).max(1e-300);
        let colour = HSLColor(0.66 * (1.0 - level), 0.75, 0.35 + 0.3 * level);
        let (column, row) = (at % columns, at / columns);
        Rectangle::new([(column, row), (column + 1, row + 1)], colour.filled())
    });
    chart.draw_series(cells)?;
    area.present()?;
    Ok(())
}
